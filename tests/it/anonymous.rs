//! Those who begin without saying who they are.

use hos_sql::Engine;
use hos_tests::{PASSWORD, Session, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const ANONYMOUS: &str = "/api/v1/auth/anonymous";
const UPGRADE: &str = "/api/v1/auth/upgrade";

fn form(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "name": "Ada" })
}

#[apply(both_databases)]
async fn who_says_later_who_they_are_keeps_everything(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let begun = app.post(ANONYMOUS, None, json!({ "timezone": "Europe/Berlin" })).await.expect(201);
    assert_eq!(begun.body["user"]["email"], Value::Null);
    let guest = Session::of(&begun);
    app.post("/api/v1/projects", Some(&guest), json!({ "name": "Garage gym" })).await.expect(201);
    app.buy(&guest, "premium").await;
    app.register("bob").await;
    app.post(UPGRADE, Some(&guest), form("bob@example.com")).await.expect_error(409, "EMAIL_TAKEN");
    let known = app.post(UPGRADE, Some(&guest), form("ada@example.com")).await.expect(200);
    assert_eq!((known.text("/id"), known.text("/timezone")), (guest.user_id.clone(), "Europe/Berlin".into()));
    app.post(UPGRADE, Some(&guest), form("eve@example.com")).await.expect_error(409, "NOT_ANONYMOUS");

    let ada = app.log_in("ada").await;
    let projects = app.get("/api/v1/projects", Some(&ada)).await.expect(200);
    assert_eq!(projects.body["items"].as_array().unwrap().len(), 1);
    let subscription = app.get("/api/v1/billing/subscription", Some(&ada)).await.expect(200);
    assert_eq!(subscription.body["subscription"]["has_access"], true);
    assert_eq!(app.database.settled().await, 0);
    let invalid = app.outbox().await.iter().filter(|item| item["to"].as_str().unwrap().contains("invalid")).count();
    assert_eq!(invalid, 0, "nothing is mailed to nowhere");
}

#[apply(both_databases)]
async fn with_confirm_the_account_becomes_known_when_the_code_comes_back(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("REGISTRATION", "confirm").start().await;
    let guest = Session::of(&app.post(ANONYMOUS, None, json!({})).await.expect(201));
    app.post(UPGRADE, Some(&guest), form("ada@example.com")).await.expect(202);
    app.post("/api/v1/auth/login", None, form("ada@example.com")).await.expect(400);
    let code = app.mailed_code("ada@example.com", "Your code is").await;
    let proof = json!({ "email": "ada@example.com", "code": code });
    let known = app.post("/api/v1/auth/verify-email", None, proof).await.expect(200);
    assert_eq!((known.text("/user/id"), known.text("/user/email")), (guest.user_id.clone(), "ada@example.com".into()));
    assert_eq!(app.log_in("ada").await.user_id, guest.user_id);
}

#[tokio::test]
async fn nobody_can_pretend_to_be_an_address_that_was_made_up() {
    let app = TestApp::start(Engine::Sqlite).await;
    let reply = app.post("/api/v1/auth/register", None, form("1@anonymous.invalid")).await;
    assert_eq!(reply.expect_error(400, "VALIDATION_ERROR").details(), [("email", "email")]);
}
