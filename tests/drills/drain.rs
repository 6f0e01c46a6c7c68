//! SIGTERM: what is under way is finished, what is new is turned away, and the process ends well. And what it said
//! meanwhile told nobody a secret.

use std::time::Duration;

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_tests::{PASSWORD, STRIPE_SECRET, ServerBuilder};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_request_under_way_is_answered_and_the_process_ends_well() {
    let data = TempDir::new().unwrap();
    let server = ServerBuilder::new(&data.path().join("data")).set("DRAIN_NOTICE", "1").start().await;
    server.register("ada").await;
    let body = format!(r#"{{"email":"ada@example.com","password":"{PASSWORD}"}}"#);
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut slow = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&body.as_bytes()[..10]).await.unwrap();

    server.tell_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // Load balancers are told before the door closes.
    server.get("/health/ready", None).await.expect(503);
    server.get("/health/live", None).await.expect(200);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    slow.write_all(&body.as_bytes()[10..]).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("access_token"), "{answer}");
    let log = server.log();
    assert!(server.ended().await.success(), "{log}");
    assert!(TcpStream::connect(&address).await.is_err(), "the door is still open");
}

#[tokio::test]
async fn no_secret_is_logged_even_at_the_finest_level() {
    const SECRETS: [&str; 5] =
        [PASSWORD, STRIPE_SECRET, "a jwt secret that nobody may read", "ada@example.com", "adas-device-token"];
    let data = TempDir::new().unwrap();
    let server = ServerBuilder::new(&data.path().join("data"))
        .set("LOG_LEVEL", "trace")
        .set("JWT_SECRET", SECRETS[2])
        .set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET)
        .start()
        .await;
    let ada = server.register("ada").await;
    let device = serde_json::json!({ "platform": "ios", "token": "adas-device-token" });
    server.post("/api/v1/notifications/register-device", Some(&ada), device).await.expect(201);
    server.buy(&ada, "premium").await;
    server.post("/api/v1/auth/refresh", None, serde_json::json!({ "refresh_token": ada.refresh })).await.expect(200);
    let body = br#"{"id":"evt_1","object":"event","type":"x","email":"ada@example.com"}"#;
    server.stripe_sends_late(body, SystemClock.now().shifted_by_micros(-900_000_000)).await.expect(422);
    server.tell_to_stop();
    let log_of = |server: &hos_tests::Server| server.log();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let log = log_of(&server);
    assert!(log.len() > 10_000, "the log is too short to prove anything");
    for secret in SECRETS.into_iter().chain([ada.access.as_str(), ada.refresh.as_str()]) {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {line:?}");
    }
}
