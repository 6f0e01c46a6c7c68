//! What is refused: pages of others, requests without a CSRF token, two users at once, tokens of the other kind.

use hos_sql::Engine;
use hos_tests::{Browser, PASSWORD, Reply, Session, TestApp, set_cookies};
use reqwest::Method;
use rstest::rstest;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{ACCESS_COOKIE, CSRF, LOGIN, LOGOUT, ME, REFRESH, REFRESH_COOKIE};
use crate::both_databases;

async fn change(page: &mut Browser) -> Reply {
    page.send(Method::PATCH, ME, Some(&json!({ "name": "Taken over" })), &[]).await
}

#[apply(both_databases)]
async fn nothing_is_changed_without_the_csrf_token_of_this_very_session(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (mut page, mut eve) = (Browser::on(&app), Browser::on(&app));
    page.register("ada").await;
    eve.register("eve").await;
    let own = page.csrf.clone().unwrap();
    let mut again = Browser::on(&app);
    again.enter(LOGIN, json!({ "email": "ada@example.com", "password": PASSWORD })).await.expect(200);
    let forged = format!("{}{}", if own.starts_with('A') { "B" } else { "A" }, &own[1..]);
    for csrf in [None, Some(""), Some(forged.as_str()), eve.csrf.as_deref(), again.csrf.as_deref()] {
        let mut forger = page.knowing(csrf);
        for path in [LOGOUT, REFRESH, "/api/v1/auth/logout-all", "/api/v1/projects", "/api/v1/auth/verify-email"] {
            forger.post(path, json!({})).await.expect_error(403, "CSRF_TOKEN_INVALID");
        }
        change(&mut forger).await.expect_error(403, "CSRF_TOKEN_INVALID");
        let refused = forger.refresh().await.expect_error(403, "CSRF_TOKEN_INVALID");
        assert_eq!(set_cookies(&refused), [""; 0], "a forged request logs nobody out");
    }
    assert_eq!(page.get(ME).await.expect(200).text("/name"), "ada");
    page.refresh().await.expect(200);
    change(&mut page).await.expect(200);
}

#[apply(both_databases)]
async fn pages_of_others_change_nothing_and_log_nobody_in(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("CORS_ORIGINS", "https://app.gym.example").start().await;
    let mut page = Browser::on(&app);
    page.register("ada").await;
    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let foreign: [&[(&'static str, &str)]; 5] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://app.gym.example.evil.example")],
        &[("sec-fetch-site", "same-site")],
        &[],
    ];
    for headers in foreign {
        // Even a page that has got hold of the CSRF token.
        let mut other = page.with(headers);
        change(&mut other).await.expect_error(403, "ORIGIN_REFUSED");
        other.refresh().await.expect_error(403, "ORIGIN_REFUSED");
        other.post(LOGOUT, json!({})).await.expect_error(403, "ORIGIN_REFUSED");
        let mut stranger = Browser::on(&app).with(headers);
        stranger.enter(LOGIN, credentials.clone()).await.expect_error(403, "ORIGIN_REFUSED");
        stranger.enter("/api/v1/auth/anonymous", json!({})).await.expect_error(403, "ORIGIN_REFUSED");
        assert!(stranger.cookies.is_empty());
    }
    let own: [&[(&'static str, &str)]; 2] =
        [&[("origin", "https://app.gym.example")], &[("sec-fetch-site", "same-origin")]];
    for headers in own {
        change(&mut page.with(headers)).await.expect(200);
    }
    // Without the header a login sets no cookies, so another's form can do nothing with it.
    let reply = app.post(LOGIN, None, credentials).await.expect(200);
    assert_eq!(set_cookies(&reply), [""; 0]);
}

/// A page of another origin can't read the CSRF token, whatever the browser sends along.
#[tokio::test]
async fn only_a_named_origin_may_read_with_cookies_and_none_is_a_wildcard() {
    let app = TestApp::builder(Engine::Sqlite).await.set("CORS_ORIGINS", "https://app.gym.example").start().await;
    let mut page = Browser::on(&app);
    page.register("ada").await;
    for (origin, allowed) in [("https://app.gym.example", "https://app.gym.example"), ("https://evil.example", "")] {
        for path in [CSRF, ME] {
            let reply = page.send(Method::GET, path, None, &[("origin", origin)]).await;
            assert_eq!(reply.header("access-control-allow-origin"), allowed, "{path} from {origin}");
        }
        let asks = [
            ("origin", origin),
            ("access-control-request-method", "POST"),
            ("access-control-request-headers", "content-type,x-auth-mode,x-csrf-token"),
        ];
        let preflight = Browser::on(&app).with(&[]).send(Method::OPTIONS, LOGIN, None, &asks).await;
        assert_eq!(preflight.header("access-control-allow-origin"), allowed);
        if !allowed.is_empty() {
            assert_eq!(preflight.header("access-control-allow-credentials"), "true");
            let headers = preflight.header("access-control-allow-headers").to_lowercase();
            assert!(headers.contains("x-auth-mode") && headers.contains("x-csrf-token"), "{headers}");
        }
    }
}

#[apply(both_databases)]
async fn two_users_at_once_are_refused(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (mut page, phone) = (Browser::on(&app), app.register("eve").await);
    page.register("ada").await;
    let key = app.make_key(&phone, &["profile:read"]).await;
    let both = async |page: &mut Browser, method: Method, path: &str, token: &str, body: Value| {
        let bearer = format!("Bearer {token}");
        let more = [("authorization", bearer.as_str()), ("x-auth-mode", "cookie")];
        page.send(method, path, Some(&body), &more).await.expect_error(400, "VALIDATION_ERROR")
    };
    let mut only_refresh = page.clone();
    only_refresh.cookies.remove(ACCESS_COOKIE);
    for token in [&phone.access, &key.access, "nonsense"] {
        for page in [&mut page, &mut only_refresh] {
            let refused = both(page, Method::GET, ME, token, json!({})).await;
            assert_eq!(refused.details(), [("Authorization", "either")]);
            both(page, Method::POST, "/api/v1/auth/verify-email", token, json!({ "code": "123456" })).await;
            both(page, Method::POST, REFRESH, token, json!({})).await;
        }
        let login = json!({ "email": "ada@example.com", "password": PASSWORD });
        both(&mut Browser::on(&app), Method::POST, LOGIN, token, login).await;
    }
    let in_body = json!({ "refresh_token": phone.refresh });
    let refused = page.post(REFRESH, in_body.clone()).await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(refused.details(), [("refresh_token", "either")]);
    Browser::on(&app).enter(REFRESH, in_body.clone()).await.expect_error(400, "VALIDATION_ERROR");
    app.post(REFRESH, None, in_body).await.expect(200);
    page.refresh().await.expect(200);
}

#[apply(both_databases)]
async fn a_session_is_of_one_kind(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (mut page, phone) = (Browser::on(&app), app.register("eve").await);
    page.register("ada").await;
    let mut with_phones_tokens = page.clone();
    with_phones_tokens.cookies.insert(ACCESS_COOKIE.to_owned(), phone.access.clone());
    with_phones_tokens.cookies.insert(REFRESH_COOKIE.to_owned(), phone.refresh.clone());
    with_phones_tokens.get(ME).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_eq!(with_phones_tokens.get(CSRF).await.expect(200).body, json!({ "csrf_token": null }));
    with_phones_tokens.refresh().await.expect_error(401, "AUTHENTICATION_ERROR");
    let key = app.make_key(&phone, &["profile:read"]).await;
    let mut with_key = page.clone();
    with_key.cookies.insert(ACCESS_COOKIE.to_owned(), key.access);
    with_key.get(ME).await.expect_error(401, "AUTHENTICATION_ERROR");

    let stolen = Session { refresh: page.cookies[REFRESH_COOKIE].clone(), ..phone.clone() };
    app.get(ME, Some(&stolen.with_access(&page.cookies[ACCESS_COOKIE])))
        .await
        .expect_error(401, "AUTHENTICATION_ERROR");
    app.post(REFRESH, None, json!({ "refresh_token": stolen.refresh })).await.expect_error(401, "AUTHENTICATION_ERROR");
    // Neither try has cost anybody their session.
    page.refresh().await.expect(200);
    app.post(REFRESH, None, json!({ "refresh_token": phone.refresh })).await.expect(200);
}

#[rstest]
#[case::an_unknown_mode(LOGIN, "x-auth-mode", "kiosk", json!({ "email": "ada@example.com", "password": PASSWORD }))]
#[case::a_device_that_asks_for_cookies("/api/v1/auth/device/token", "x-auth-mode", "cookie", json!({ "device_code": "x" }))]
#[case::a_refresh_of_nothing(REFRESH, "x-auth-mode", "bearer", json!({}))]
#[case::a_refresh_of_something_else(REFRESH, "x-auth-mode", "cookie", json!({ "token": "x" }))]
#[tokio::test]
async fn what_nobody_can_mean_is_refused(
    #[case] path: &str,
    #[case] header: &str,
    #[case] value: &str,
    #[case] body: Value,
) {
    let app = TestApp::start(Engine::Sqlite).await;
    let mut page = Browser::on(&app);
    page.send(Method::POST, path, Some(&body), &[(header, value)]).await.expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_browser_without_a_session_is_told_to_log_in_and_one_with_a_session_is_counted_as_its_user() {
    let app = TestApp::builder(Engine::Sqlite).await.set("RATE_LIMITS", "true").start().await;
    let mut page = Browser::on(&app);
    page.enter(REFRESH, json!({})).await.expect_error(401, "AUTHENTICATION_ERROR");
    page.register("ada").await;
    assert!(page.get(ME).await.expect(200).header("ratelimit-policy").contains("\"user\""));
    page.cookies.insert(ACCESS_COOKIE.to_owned(), "nonsense".to_owned());
    assert!(page.get(ME).await.expect(401).header("ratelimit-policy").contains("\"anonymous\""));
}
