//! From a login to its end.

use hos_sql::Engine;
use hos_tests::{Browser, PASSWORD, Reply, TestApp, set_cookies};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::{ACCESS_COOKIE, CSRF, LOGIN, LOGOUT, ME, REFRESH, REFRESH_COOKIE, SESSIONS};
use crate::both_databases;

/// What every cookie of ours says beside its name, value and age.
const KEPT: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// Panics unless the answer sets both cookies as it must, and holds no token anywhere else.
fn assert_in_cookies(reply: &Reply, browser: &Browser) {
    let (access, refresh) = (&browser.cookies[ACCESS_COOKIE], &browser.cookies[REFRESH_COOKIE]);
    let expected = [
        format!("{ACCESS_COOKIE}={access}; {KEPT}; Max-Age=900"),
        format!("{REFRESH_COOKIE}={refresh}; {KEPT}; Max-Age={}", 7 * 24 * 60 * 60),
    ];
    assert_eq!(set_cookies(reply), expected);
    assert_eq!(reply.header("content-type"), "application/json; profile=browser-session");
    assert_eq!(reply.header("cache-control"), "no-store");
    let text = reply.body.to_string();
    assert!(!text.contains(access.as_str()) && !text.contains(refresh.as_str()), "{text}");
    for field in ["access_token", "refresh_token", "token_type"] {
        assert!(reply.body.get(field).is_none(), "{text}");
    }
}

/// Panics unless the answer takes both cookies away.
#[track_caller]
fn assert_cleared(reply: &Reply) {
    let expected = [ACCESS_COOKIE, REFRESH_COOKIE].map(|name| format!("{name}=; {KEPT}; Max-Age=0"));
    assert_eq!(set_cookies(reply), expected);
}

#[apply(both_databases)]
async fn a_browser_lives_from_registration_to_logout_without_seeing_a_token(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut page = Browser::on(&app);
    assert_eq!(page.get(CSRF).await.expect(200).body, json!({ "csrf_token": null }));
    let registered = page.register("ada").await;
    assert_in_cookies(&registered, &page);
    assert_eq!(registered.body["expires_in"], 900);

    let me = page.knowing(None).get(ME).await.expect(200);
    assert_eq!(me.body, registered.body["user"], "what reads needs no CSRF token");
    let renamed = page.send(Method::PATCH, ME, Some(&json!({ "name": "Ada L." })), &[]).await.expect(200);
    assert_eq!(renamed.text("/name"), "Ada L.");
    let projects = page.get("/api/v1/projects").await.expect(200);
    assert_eq!(projects.header("cache-control"), "private, no-store", "no cache between us may keep it");

    let (first, csrf) = (page.cookies.clone(), page.csrf.clone());
    let refreshed = page.refresh().await.expect(200);
    assert_in_cookies(&refreshed, &page);
    assert_eq!(refreshed.text("/user/name"), "Ada L.");
    assert_ne!(first[REFRESH_COOKIE], page.cookies[REFRESH_COOKIE]);
    assert_eq!(page.csrf, csrf, "the token is that of the session");

    let mut reloaded = page.knowing(None);
    let shown = reloaded.get(CSRF).await.expect(200);
    assert_eq!((reloaded.csrf.clone(), shown.header("cache-control")), (csrf, "no-store"));
    let before = reloaded.clone();
    assert_cleared(&reloaded.post(LOGOUT, json!({})).await.expect(204));
    assert!(reloaded.cookies.is_empty());
    let mut stolen = before;
    stolen.get(ME).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_eq!(stolen.get(CSRF).await.expect(200).body, json!({ "csrf_token": null }));
    assert_cleared(&stolen.refresh().await.expect_error(401, "AUTHENTICATION_ERROR"));
}

#[apply(both_databases)]
async fn a_cookie_used_twice_ends_the_session_and_tabs_that_race_do_not(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut page = Browser::on(&app);
    page.register("ada").await;
    let mut tab = page.clone();
    let refresh = async |page: &mut Browser, key: &str| {
        page.send(Method::POST, REFRESH, None, &[("idempotency-key", key), ("x-auth-mode", "cookie")]).await
    };
    refresh(&mut page, "one").await.expect(200);
    let raced = refresh(&mut tab, "two").await.expect_error(409, "REFRESH_IN_PROGRESS");
    assert_eq!(set_cookies(&raced), [""; 0], "the other tab has set the cookies that count");
    refresh(&mut tab, "one").await.expect(200);
    assert_eq!(tab.cookies[REFRESH_COOKIE], page.cookies[REFRESH_COOKIE]);

    let mut thief = page.clone();
    page.refresh().await.expect(200);
    assert_cleared(&thief.refresh().await.expect_error(401, "REFRESH_TOKEN_REUSED"));
    page.get(ME).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_cleared(&page.refresh().await.expect_error(401, "AUTHENTICATION_ERROR"));
}

#[apply(both_databases)]
async fn a_browser_that_sleeps_for_seven_days_logs_in_again(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut page = Browser::on(&app);
    page.register("ada").await;
    app.log_in("ada").await;
    let raw = app.database.raw().await;
    let lives = |kind: &str, days: u32| match engine {
        Engine::Sqlite => format!("s.kind = '{kind}' AND julianday(t.expires_at) - julianday(t.issued_at) = {days}"),
        Engine::Postgres => format!("s.kind = '{kind}' AND t.expires_at - t.issued_at = interval '{days} days'"),
    };
    let shorten = |wanted: String| {
        format!(
            "UPDATE refresh_tokens SET expires_at = issued_at WHERE hash IN \
             (SELECT t.hash FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE {wanted})"
        )
    };
    for (kind, days) in [("native", 60), ("browser", 7)] {
        let shortened = raw.execute_unprepared(&shorten(lives(kind, days))).await.unwrap();
        assert_eq!(shortened.rows_affected(), 1, "a {kind} session lives for {days} days");
    }
    assert_eq!(page.get(CSRF).await.expect(200).body, json!({ "csrf_token": null }));
    assert_cleared(&page.refresh().await.expect_error(401, "AUTHENTICATION_ERROR"));
}

#[apply(both_databases)]
async fn whatever_ends_the_session_takes_its_cookies_away_and_nothing_else_does(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let mut page = Browser::on(&app);
    page.register("ada").await;
    let enter = async || {
        let mut page = Browser::on(&app);
        let form = json!({ "email": "ada@example.com", "password": PASSWORD });
        assert!(page.enter(LOGIN, form).await.expect(200).body["device_token"].is_string());
        page
    };
    let mut other = enter().await;
    let sessions = page.get(SESSIONS).await.expect(200);
    let items = sessions.body["items"].as_array().unwrap();
    let path = |current: bool| {
        let item = items.iter().find(|item| item["current"] == current).unwrap();
        format!("{SESSIONS}/{}", item["id"].as_str().unwrap())
    };
    let ended = page.send(Method::DELETE, &path(false), None, &[]).await.expect(204);
    assert_eq!(set_cookies(&ended), [""; 0]);
    other.get(ME).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_cleared(&page.send(Method::DELETE, &path(true), None, &[]).await.expect(204));
    assert_cleared(&enter().await.post("/api/v1/auth/logout-all", json!({})).await.expect(204));
    assert_cleared(&enter().await.send(Method::DELETE, ME, Some(&json!({})), &[]).await.expect(202));
}
