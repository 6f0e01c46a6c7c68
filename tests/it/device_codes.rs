//! Devices without a keyboard (RFC 8628).

use hos_sql::Engine;
use hos_tests::{PASSWORD, Reply, Session, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::both_databases;

const SESSIONS: &str = "/api/v1/auth/sessions";
const ME: &str = "/api/v1/users/me";
const PROJECTS: &str = "/api/v1/projects";

/// The codes of a watch that wants to read projects.
async fn ask(app: &TestApp) -> Reply {
    let form = json!({ "client_name": "Ada's <b>watch</b>", "scopes": ["projects:read"] });
    app.post("/api/v1/auth/device/code", None, form).await.expect(200)
}

async fn poll(app: &TestApp, asked: &Reply) -> Reply {
    let form = json!({ "device_code": asked.text("/device_code") });
    app.post("/api/v1/auth/device/token", None, form).await
}

async fn answer(app: &TestApp, deed: &str, session: &Session, code: &str) -> Reply {
    app.post(&format!("/api/v1/auth/device/{deed}"), Some(session), json!({ "user_code": code })).await
}

#[apply(both_databases)]
async fn a_watch_is_let_in_with_its_scopes_and_stands_in_the_list_of_devices(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let asked = ask(&app).await;
    let code = asked.text("/user_code");
    assert_eq!((&asked.body["expires_in"], &asked.body["interval"]), (&json!(600), &json!(5)));
    let page = asked.text("/verification_uri");
    assert!(page.ends_with("/device"), "{page}");
    assert_eq!(asked.text("/verification_uri_complete"), format!("{page}?user_code={code}"));
    let shown = answer(&app, "lookup", &ada, &code.to_lowercase().replace('-', " ")).await.expect(200);
    assert_eq!(shown.text("/scopes/0/name"), "projects:read");
    answer(&app, "approve", &ada, &code).await.expect(200);
    answer(&app, "approve", &ada, &code).await.expect_error(422, "CODE_INVALID");
    let tokens = poll(&app, &asked).await.expect(200);
    assert_eq!((tokens.text("/token_type"), tokens.text("/scope")), ("Bearer".into(), "projects:read".into()));
    poll(&app, &asked).await.expect_error(400, "invalid_grant");
    let watch = ada.with_access(&tokens.text("/access_token"));
    app.get(PROJECTS, Some(&watch)).await.expect(200);

    let refresh = json!({ "refresh_token": tokens.text("/refresh_token") });
    let next = app.post("/api/v1/auth/refresh", None, refresh).await.expect(200);
    assert_eq!(next.text("/scope"), "projects:read");
    assert!(next.body.get("user").is_none(), "it may not read the profile");
    for token in [tokens, next] {
        let watch = ada.with_access(&token.text("/access_token"));
        app.get(PROJECTS, Some(&watch)).await.expect(200);
        app.post(PROJECTS, Some(&watch), json!({ "name": "x" })).await.expect_error(403, "SCOPE_REQUIRED");
        app.get(ME, Some(&watch)).await.expect_error(403, "SCOPE_REQUIRED");
        app.get(SESSIONS, Some(&watch)).await.expect_error(403, "SCOPE_REQUIRED");
    }
    let sessions = app.get(SESSIONS, Some(&ada)).await.expect(200).body["items"].as_array().unwrap().clone();
    let device = sessions.iter().find(|session| session["current"] == false).unwrap();
    assert_eq!((sessions.len(), &device["user_agent"]), (2, &json!("Ada's <b>watch</b>")));
    assert_eq!(device["scopes"], json!(["projects:read"]));
    app.delete(&format!("{SESSIONS}/{}", device["id"].as_str().unwrap()), Some(&ada)).await.expect(204);
    app.get(PROJECTS, Some(&watch)).await.expect(401);
    assert_eq!(app.database.count("SELECT count(*) FROM audit_log WHERE action = 'device.approved'").await, 1);
}

#[apply(both_databases)]
async fn a_device_that_asks_too_often_is_told_to_slow_down(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let asked = ask(&app).await;
    poll(&app, &asked).await.expect_error(400, "authorization_pending");
    poll(&app, &asked).await.expect_error(400, "slow_down");
    let long_ago = match engine {
        Engine::Sqlite => "UPDATE device_grants SET polled_at = '2020-01-01 00:00:00.000000+00:00'",
        Engine::Postgres => "UPDATE device_grants SET polled_at = '2020-01-01'",
    };
    app.database.raw().await.execute_unprepared(long_ago).await.unwrap();
    poll(&app, &asked).await.expect_error(400, "authorization_pending");
    assert_eq!(app.database.count("SELECT count(*) FROM device_grants WHERE \"interval\" = 10").await, 1);
}

#[apply(both_databases)]
async fn a_device_that_is_kept_out_or_too_late_gets_nothing(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let asked = ask(&app).await;
    answer(&app, "deny", &ada, &asked.text("/user_code")).await.expect(200);
    for _ in 0..2 {
        poll(&app, &asked).await.expect_error(400, "access_denied");
    }
    let late = ask(&app).await;
    answer(&app, "approve", &ada, &late.text("/user_code")).await.expect(200);
    let long_ago = match engine {
        Engine::Sqlite => "UPDATE device_grants SET expires_at = '2020-01-01 00:00:00.000000+00:00'",
        Engine::Postgres => "UPDATE device_grants SET expires_at = '2020-01-01'",
    };
    app.database.raw().await.execute_unprepared(long_ago).await.unwrap();
    poll(&app, &late).await.expect_error(400, "expired_token");
    let form = json!({ "device_code": "never given out" });
    app.post("/api/v1/auth/device/token", None, form).await.expect_error(400, "invalid_grant");
    for (form, fault) in [
        (json!({ "client_name": "", "scopes": ["projects:read"] }), ("client_name", "length")),
        (json!({ "client_name": "Watch", "scopes": ["auth"] }), ("scopes", "scope")),
    ] {
        let refused = app.post("/api/v1/auth/device/code", None, form).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(refused.details(), [fault]);
    }
}

#[apply(both_databases)]
async fn nobody_finds_the_devices_of_others_by_guessing(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, eve) = (app.register("ada").await, app.register("eve").await);
    let code = ask(&app).await.text("/user_code");
    let wrong = if code == "BCDF-GHJK" { "BCDF-GHJL" } else { "BCDF-GHJK" };
    for deed in ["lookup", "approve", "deny", "lookup", "approve"] {
        answer(&app, deed, &eve, wrong).await.expect_error(422, "CODE_INVALID");
    }
    for deed in ["lookup", "approve", "deny"] {
        let refused = answer(&app, deed, &eve, &code).await.expect_error(429, "RATE_LIMIT_ERROR");
        assert!((500..=600).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
    }
    answer(&app, "approve", &ada, &code).await.expect(200);

    for _ in 0..5 {
        app.get(&format!("/device?user_code={wrong}"), None).await.expect(422);
    }
    let code = ask(&app).await.text("/user_code");
    app.get(&format!("/device?user_code={code}"), None).await.expect(429);
    app.get("/device", None).await.expect(200);
}

async fn submit(app: &TestApp, fields: &[(&str, &str)]) -> Reply {
    app.send(Method::POST, "/device", None, |request| request.form(fields)).await
}

fn html(reply: &Reply) -> &str {
    reply.body.as_str().unwrap()
}

#[apply(both_databases)]
async fn on_the_page_a_user_reads_who_asks_for_what_and_proves_who_they_are(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let empty = app.get("/device", None).await.expect(200);
    assert!(html(&empty).contains("name=\"user_code\""));
    let asked = ask(&app).await;
    let code = asked.text("/user_code");
    let typed = code.to_lowercase().replace('-', "");
    let page = app.get(&format!("/device?user_code={typed}"), None).await.expect(200);
    for words in ["Ada&#39;s &#60;b&#62;watch&#60;/b&#62;", "Read your projects", "projects:read", &code] {
        assert!(html(&page).contains(words), "{words}: {}", html(&page));
    }
    assert!(!html(&page).contains("<script") && !html(&page).contains("<b>"));
    assert_eq!((page.header("referrer-policy"), page.header("cache-control")), ("no-referrer", "no-store"));

    let form =
        |email, password| [("user_code", &*code), ("email", email), ("password", password), ("decision", "approve")];
    for (email, password) in [("ada@example.com", "wrong"), ("eve@example.com", PASSWORD), ("nobody", PASSWORD)] {
        let refused = submit(&app, &form(email, password)).await.expect(422);
        assert!(
            html(&refused).contains("the password is wrong") && html(&refused).contains(email),
            "{}",
            html(&refused)
        );
    }
    poll(&app, &asked).await.expect_error(400, "authorization_pending");
    let done = submit(&app, &form("ada@example.com", PASSWORD)).await.expect(200);
    assert!(html(&done).contains("is let in"));
    let tokens = poll(&app, &asked).await.expect(200);
    app.get(PROJECTS, Some(&ada.with_access(&tokens.text("/access_token")))).await.expect(200);
    let sessions = app.get(SESSIONS, Some(&ada)).await.expect(200);
    assert_eq!(sessions.body["items"].as_array().unwrap().len(), 2, "the browser keeps none");
    submit(&app, &form("ada@example.com", PASSWORD)).await.expect(422);

    let other = ask(&app).await;
    let code = other.text("/user_code");
    let denied = submit(&app, &[("user_code", &code), ("decision", "deny")]).await.expect(200);
    assert!(html(&denied).contains("stays out"));
    poll(&app, &other).await.expect_error(400, "access_denied");
}

#[tokio::test]
async fn guessing_passwords_on_the_page_is_guessing_passwords() {
    let app = TestApp::start(Engine::Sqlite).await;
    app.register("ada").await;
    let asked = ask(&app).await;
    let code = asked.text("/user_code");
    let form = |password| {
        [("user_code", &*code), ("email", "ada@example.com"), ("password", password), ("decision", "approve")]
    };
    for _ in 0..10 {
        submit(&app, &form("wrong")).await.expect(422);
    }
    let locked = submit(&app, &form(PASSWORD)).await.expect(422);
    assert!(html(&locked).contains("Too many logins have failed"), "{}", html(&locked));
    poll(&app, &asked).await.expect_error(400, "authorization_pending");
    let login = json!({ "email": "ada@example.com", "password": PASSWORD });
    app.post("/api/v1/auth/login", None, login).await.expect_error(423, "ACCOUNT_LOCKED");
}
