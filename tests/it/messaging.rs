//! Devices and preferences, and that what is said there decides who hears what.

use hos_sql::Engine;
use hos_tests::{Session, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const REGISTER: &str = "/api/v1/notifications/register-device";
const DEVICES: &str = "/api/v1/notifications/devices";
const PREFERENCES: &str = "/api/v1/notifications/preferences";

async fn tokens(app: &TestApp, session: &Session) -> Vec<Value> {
    let reply = app.get(DEVICES, Some(session)).await.expect(200);
    reply.body["items"].as_array().unwrap().iter().map(|device| device["token"].clone()).collect()
}

#[apply(both_databases)]
async fn a_device_is_one_device_and_moves_with_whoever_holds_the_phone(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, eve) = (app.register("ada").await, app.register("eve").await);
    let device =
        |version: &str| json!({ "platform": "ios", "token": "token-1", "app_version": version, "locale": "de" });
    let first = app.post(REGISTER, Some(&ada), device("1.0")).await.expect(201);
    let again = app.post(REGISTER, Some(&ada), device("1.1")).await.expect(201);
    assert_eq!((first.text("/id"), again.text("/app_version")), (again.text("/id"), "1.1".to_owned()));
    app.post(REGISTER, Some(&eve), device("1.1")).await.expect(201);
    assert_eq!((tokens(&app, &ada).await, tokens(&app, &eve).await), (vec![], vec![json!("token-1")]));

    let id = app.get(DEVICES, Some(&eve)).await.expect(200).text("/items/0/id");
    app.delete(&format!("{REGISTER}/{id}"), Some(&ada)).await.expect_error(404, "NOT_FOUND");
    app.delete(&format!("{REGISTER}/{id}"), Some(&eve)).await.expect(204);
    app.delete(&format!("{REGISTER}/{id}"), Some(&eve)).await.expect_error(404, "NOT_FOUND");
    assert!(tokens(&app, &eve).await.is_empty());
}

#[apply(both_databases)]
async fn preferences_change_field_by_field(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let before = app.get(PREFERENCES, Some(&ada)).await.expect(200).body;
    assert_eq!((&before["push_enabled"], &before["marketing"]), (&json!(true), &json!(false)));
    let quiet = json!({ "start": "22:00", "end": "07:00" });
    let change = json!({ "community": false, "quiet_hours": quiet, "digest": "daily" });
    let changed = app.patch(PREFERENCES, Some(&ada), change).await.expect(200).body;
    let mut expected = before;
    (expected["community"], expected["quiet_hours"], expected["digest"]) = (json!(false), quiet, json!("daily"));
    assert_eq!(changed, expected);
    assert_eq!(app.patch(PREFERENCES, Some(&ada), json!({})).await.expect(200).body, expected);
    expected["quiet_hours"] = Value::Null;
    assert_eq!(app.patch(PREFERENCES, Some(&ada), json!({ "quiet_hours": null })).await.expect(200).body, expected);
    assert_eq!(app.get(PREFERENCES, Some(&ada)).await.expect(200).body, expected);
}

#[tokio::test]
async fn what_nobody_can_mean_is_refused_field_by_field() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let device = json!({ "platform": "fridge", "token": "", "app_version": "", "locale": "klingon!" });
    let reply = app.post(REGISTER, Some(&ada), device).await.expect_error(400, "VALIDATION_ERROR");
    let fields: Vec<_> = reply.details().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["platform", "token", "app_version", "locale"]);
    for (change, field) in [
        (json!({ "quiet_hours": { "start": "25:00", "end": "07:00" } }), "quiet_hours"),
        (json!({ "quiet_hours": { "start": "07:00", "end": "07:00" } }), "quiet_hours"),
        (json!({ "digest": "hourly" }), "digest"),
    ] {
        let reply = app.patch(PREFERENCES, Some(&ada), change).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(reply.details()[0].0, field);
    }
    app.patch(PREFERENCES, Some(&ada), json!({ "pushs": true })).await.expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn who_wants_no_push_gets_the_mail_alone() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    app.post(REGISTER, Some(&ada), json!({ "platform": "ios", "token": "token-1" })).await.expect(201);
    app.patch(PREFERENCES, Some(&ada), json!({ "push_enabled": false })).await.expect(200);
    app.buy(&ada, "premium").await;
    app.get_until("/dev/outbox", &ada, |body| body["items"].as_array().unwrap().len() >= 3).await;
    let kinds: Vec<_> = app.outbox_beyond_codes().await.iter().map(|item| item["kind"].clone()).collect();
    assert_eq!(kinds, ["mail", "mail"]);
}
