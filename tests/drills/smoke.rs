//! `scripts/smoke.sh` is what operators run after a deployment, so it must tell the truth.

use std::path::Path;
use std::process::Command;

use hos_tests::{PASSWORD, ServerBuilder};
use serde_json::json;
use tempfile::TempDir;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn smoke(url: &str, account: Option<&str>) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/smoke.sh");
    let mut command = Command::new("bash");
    command.arg(script).arg(url).env_remove("SMOKE_EMAIL").env_remove("SMOKE_PASSWORD");
    if let Some(email) = account {
        command.env("SMOKE_EMAIL", email).env("SMOKE_PASSWORD", PASSWORD);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn it_walks_everything_in_development() {
    let data = TempDir::new().unwrap();
    let server = ServerBuilder::new(&data.path().join("data")).start().await;
    let (passed, said) = smoke(&server.url, None);
    assert!(passed && said.contains("renewal") && !said.contains("SKIP"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_at_a_checkout_in_production_and_needs_an_account_there() {
    let stripe = MockServer::start().await;
    let session = json!({
        "id": "cs_test_1", "object": "checkout.session", "url": format!("{}/c/pay/cs_test_1", stripe.uri()),
    });
    Mock::given(path("/v1/checkout/sessions"))
        .respond_with(ResponseTemplate::new(200).set_body_json(session))
        .mount(&stripe)
        .await;
    Mock::given(path("/c/pay/cs_test_1"))
        .respond_with(ResponseTemplate::new(200).set_body_string("<html>"))
        .mount(&stripe)
        .await;
    let data = TempDir::new().unwrap();
    let server = ServerBuilder::new(&data.path().join("data"))
        .set("DEBUG", "false")
        .set("REGISTRATION", "immediate")
        .set("JWT_SECRET", "a-fixed-secret-for-tests-0123456789abcdef")
        .set("DATA_KEY", "a-fixed-data-key-for-tests-0123456789abcdef")
        .set("STRIPE_API_KEY", "sk_test_1")
        .set("STRIPE_BASE_URL", &stripe.uri())
        .set("DRAIN_NOTICE", "0")
        .start()
        .await;
    let ada = server.register("ada").await;
    let (passed, said) = smoke(&server.url, Some(&ada.email));
    assert!(passed && said.contains("SKIP") && said.contains("cs_test_1"), "{said}");
    let (passed, said) = smoke(&server.url, None);
    assert!(!passed && said.contains("SMOKE_EMAIL"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_told_so() {
    let (passed, said) = smoke("http://127.0.0.1:9", None);
    assert!(!passed && said.contains("FAIL"), "{said}");
}
