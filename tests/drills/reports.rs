//! Errors are reported to Sentry when there is a DSN, without naming anybody.

use std::time::Duration;

use hos_tests::{STRIPE_SECRET, ServerBuilder, StripeCustomer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn what_an_operator_must_know_is_reported_and_names_no_person() {
    let sentry = MockServer::start().await;
    let envelope = Mock::given(method("POST")).and(path("/api/1/envelope/"));
    envelope.respond_with(ResponseTemplate::new(200).set_body_string("{}")).mount(&sentry).await;
    let data = TempDir::new().unwrap();
    let plans = data.path().join("plans.toml");
    let shipped = include_str!("../../config/plans.toml");
    std::fs::write(&plans, shipped.replace("price_premium_monthly_usd", "price_of_another_account")).unwrap();
    let server = ServerBuilder::new(&data.path().join("data"))
        .set("SENTRY_DSN", &format!("http://public@{}/1", sentry.address()))
        .set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET)
        .set("PLANS_FILE", plans.to_str().unwrap())
        .start()
        .await;
    // Strangers send what is no HTTP all day; nobody is to be woken for it.
    let mut stranger = TcpStream::connect(server.url.trim_start_matches("http://")).await.unwrap();
    stranger.write_all(b"\x16\x03\x01 this is no HTTP\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    stranger.read_to_end(&mut answer).await.unwrap();
    let ada = server.register("ada").await;
    // A price that the catalogue does not know was paid: somebody has to look.
    for event in StripeCustomer::of(&ada).buy_premium() {
        server.stripe_sends(&event.body).await.expect(200);
    }
    let mut reported = String::new();
    for _ in 0..250 {
        let requests = sentry.received_requests().await.unwrap();
        reported = requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned()).collect();
        if reported.contains("a price was paid that the catalogue does not know") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(reported.contains("a price was paid that the catalogue does not know"), "{reported}\n{}", server.log());
    assert!(!reported.contains("parse error"), "{reported}");
    assert!(!reported.contains(&ada.email) && !reported.contains(&ada.user_id), "{reported}");
}
