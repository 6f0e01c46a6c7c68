//! Guessing passwords from outside.

use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

async fn log_in(app: &TestApp, email: &str, password: &str, ip: &str) -> Reply {
    let form = json!({ "email": email, "password": password });
    let send = |request: reqwest::RequestBuilder| request.header("x-forwarded-for", ip).json(&form);
    app.send(Method::POST, "/api/v1/auth/login", None, send).await
}

/// An answer without what differs from request to request.
fn bare(reply: &Reply) -> (u16, Value) {
    let mut error = reply.body["error"].clone();
    for field in ["timestamp", "request_id"] {
        error.as_object_mut().unwrap().remove(field);
    }
    (reply.status, error)
}

#[apply(both_databases)]
async fn the_eleventh_guess_is_locked_out_for_a_known_and_an_unknown_address_alike(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("TRUSTED_PROXIES", "127.0.0.1").start().await;
    app.register("ada").await;
    let mut locked = Vec::new();
    for address in ["ada@example.com", "eve@example.com"] {
        for _ in 0..10 {
            log_in(&app, address, "wrong", "203.0.113.9").await.expect_error(401, "AUTHENTICATION_ERROR");
        }
        let reply = log_in(&app, address, PASSWORD, "203.0.113.9").await.expect_error(423, "ACCOUNT_LOCKED");
        let wait: u64 = reply.header("retry-after").parse().unwrap();
        assert!((880..=900).contains(&wait), "{wait}");
        locked.push(reply);
    }
    let words = |reply: &Reply| bare(reply).1["message"].as_str().unwrap().split(" after ").next().unwrap().to_owned();
    assert_eq!(words(&locked[0]), words(&locked[1]));
    log_in(&app, "ada@example.com", PASSWORD, "198.51.100.7").await.expect(200);
}

#[tokio::test]
async fn without_a_trusted_proxy_nobody_gets_another_address_by_saying_so() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.register("ada").await;
    for host in 0..10 {
        log_in(&app, "ada@example.com", "wrong", &format!("203.0.113.{host}")).await.expect(401);
    }
    log_in(&app, "ada@example.com", PASSWORD, "203.0.113.99").await.expect_error(423, "ACCOUNT_LOCKED");
}

#[tokio::test]
async fn a_device_that_was_here_before_is_not_locked_out_by_others() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.register("ada").await;
    let right = json!({ "email": "ada@example.com", "password": PASSWORD });
    let device = app.post("/api/v1/auth/login", None, right.clone()).await.expect(200).text("/device_token");
    for _ in 0..10 {
        log_in(&app, "ada@example.com", "wrong", "").await.expect(401);
    }
    app.post("/api/v1/auth/login", None, right.clone()).await.expect(423);
    let mut known = right;
    known["device_token"] = json!(device);
    app.post("/api/v1/auth/login", None, known).await.expect(200);
}
