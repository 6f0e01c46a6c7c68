//! The devices of a user: seen, logged out one by one or all at once, and when the password changes.

use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply, Session, TestApp};
use rstest_reuse::apply;
use serde_json::json;

use crate::both_databases;

const SESSIONS: &str = "/api/v1/auth/sessions";
const ME: &str = "/api/v1/users/me";

async fn log_in_with(app: &TestApp, password: &str) -> Reply {
    app.post("/api/v1/auth/login", None, json!({ "email": "ada@example.com", "password": password })).await
}

async fn refresh(app: &TestApp, session: &Session) -> Reply {
    app.post("/api/v1/auth/refresh", None, json!({ "refresh_token": session.refresh })).await
}

#[apply(both_databases)]
async fn a_lost_phone_is_logged_out_from_another_device_at_once(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (phone, eve) = (app.register("ada").await, app.register("eve").await);
    let tablet = app.log_in("ada").await;
    let list = app.get(SESSIONS, Some(&tablet)).await.expect(200);
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.iter().map(|item| item["current"].as_bool().unwrap()).collect::<Vec<_>>(), [true, false]);
    let path = format!("{SESSIONS}/{}", items[1]["id"].as_str().unwrap());

    app.delete(&path, Some(&eve)).await.expect_error(404, "NOT_FOUND");
    app.get(ME, Some(&phone)).await.expect(200);
    app.delete(&path, Some(&tablet)).await.expect(204);
    app.get(ME, Some(&phone)).await.expect_error(401, "AUTHENTICATION_ERROR");
    refresh(&app, &phone).await.expect_error(401, "AUTHENTICATION_ERROR");
    app.delete(&path, Some(&tablet)).await.expect_error(404, "NOT_FOUND");
    assert_eq!(app.get(SESSIONS, Some(&tablet)).await.expect(200).body["items"].as_array().unwrap().len(), 1);
}

#[apply(both_databases)]
async fn logging_out_everywhere_leaves_nobody_in(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (phone, eve) = (app.register("ada").await, app.register("eve").await);
    let tablet = app.log_in("ada").await;
    app.post("/api/v1/auth/logout-all", Some(&tablet), json!({})).await.expect(204);
    for session in [&phone, &tablet] {
        app.get(ME, Some(session)).await.expect_error(401, "AUTHENTICATION_ERROR");
        refresh(&app, session).await.expect_error(401, "AUTHENTICATION_ERROR");
    }
    app.get(ME, Some(&eve)).await.expect(200);
    app.log_in("ada").await;
}

#[apply(both_databases)]
async fn a_changed_password_logs_all_others_out_and_is_told_by_mail(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let phone = app.register("ada").await;
    let tablet = app.log_in("ada").await;
    let change = |current: &str, new: &str| {
        let form = json!({ "current_password": current, "new_password": new });
        app.post("/api/v1/auth/change-password", Some(&tablet), form)
    };
    let wrong = change("not my password", "another long password").await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(wrong.details(), [("current_password", "wrong")]);
    let short = change(PASSWORD, "short").await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(short.details(), [("new_password", "length")]);
    app.get(ME, Some(&phone)).await.expect(200);

    change(PASSWORD, "another long password").await.expect(204);
    app.get(ME, Some(&phone)).await.expect_error(401, "AUTHENTICATION_ERROR");
    app.get(ME, Some(&tablet)).await.expect(200);
    log_in_with(&app, PASSWORD).await.expect_error(401, "AUTHENTICATION_ERROR");
    log_in_with(&app, "another long password").await.expect(200);
    app.mail(&tablet.email, "Your password was changed").await;
}
