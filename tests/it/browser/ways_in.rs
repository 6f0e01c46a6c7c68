//! Each way in gives cookies to a browser that asks for them, and tokens to everybody else.

use std::collections::BTreeSet;

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{
    Authenticator, Browser, Document, ForeignKey, IdentityProvider, PASSWORD, Reply, Session, TestApp, id_claims,
};
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{ACCESS_COOKIE, LOGIN, ME, REFRESH_COOKIE};
use crate::both_databases;

const ORIGIN: &str = "https://app.gym.example";

async fn start(engine: Engine, provider: &IdentityProvider) -> TestApp {
    let builder = TestApp::builder(engine).await.set("REGISTRATION", "confirm").set("CORS_ORIGINS", ORIGIN);
    let builder = builder.set("PASSKEY_DOMAIN", "localhost").set("PASSKEY_ORIGINS", "http://localhost");
    builder.set("GOOGLE_CLIENT_IDS", "gym-web").set("GOOGLE_BASE_URL", &provider.url).start().await
}

/// Enters at a path with a browser that shows a page of another origin of ours.
async fn enter(app: &TestApp, path: &str, body: Value) -> (Reply, Browser) {
    let mut page = Browser::on(app).with(&[("origin", ORIGIN)]);
    let reply = page.enter(path, body).await;
    (reply, page)
}

/// Panics unless the browser is in, in cookies only, and its page can change something.
async fn assert_in((reply, mut page): (Reply, Browser)) -> Reply {
    let names: Vec<&str> = page.cookies.keys().map(String::as_str).collect();
    assert_eq!(names, [ACCESS_COOKIE, REFRESH_COOKIE], "{:#}", reply.body);
    assert!(reply.body.get("access_token").is_none() && reply.body.get("refresh_token").is_none());
    assert_eq!(reply.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(reply.header("access-control-allow-credentials"), "true");
    page.send(Method::PATCH, ME, Some(&json!({ "units": "imperial" })), &[]).await.expect(200);
    reply
}

#[apply(both_databases)]
async fn with_a_password_a_code_and_as_nobody_at_all(#[case] engine: Engine) {
    let app = start(engine, &IdentityProvider::start().await).await;
    let form = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada" });
    let (asked, page) = enter(&app, "/api/v1/auth/register", form).await;
    asked.expect(202);
    assert!(page.cookies.is_empty());
    let code = app.mailed_code("ada@example.com", "Your code is").await;
    let verify = json!({ "email": "ada@example.com", "code": code });
    assert_in(enter(&app, "/api/v1/auth/verify-email", verify).await).await.expect(200);

    let credentials = json!({ "email": "ada@example.com", "password": PASSWORD });
    let (reply, mut page) = enter(&app, LOGIN, credentials.clone()).await;
    assert_in((reply, page.clone())).await.expect(200);
    page.send(Method::DELETE, ME, Some(&json!({})), &[]).await.expect(202);
    assert_in(enter(&app, "/api/v1/auth/restore", credentials).await).await.expect(200);

    let (reply, mut page) = enter(&app, "/api/v1/auth/anonymous", json!({})).await;
    assert_in((reply, page.clone())).await.expect(201);
    let upgrade = json!({ "email": "eve@example.com", "password": PASSWORD, "name": "Eve" });
    page.post("/api/v1/auth/upgrade", upgrade).await.expect(202);
    let code = app.mailed_code("eve@example.com", "Your code is").await;
    let verify = json!({ "email": "eve@example.com", "code": code });
    let known = page.post("/api/v1/auth/verify-email", verify).await.expect(200);
    assert!(known.body.get("csrf_token").is_none(), "who is logged in keeps the session");
    assert_eq!(page.get(ME).await.expect(200).text("/email"), "eve@example.com");
}

#[apply(both_databases)]
async fn with_a_passkey_and_with_google(#[case] engine: Engine) {
    let provider = IdentityProvider::start().await;
    let app = start(engine, &provider).await;
    let anonymous = app.post("/api/v1/auth/anonymous", None, json!({})).await.expect(201);
    let phone = Session::of(&anonymous);
    let mut device = Authenticator::phone();
    let begun = app.post("/api/v1/auth/passkeys/register/begin", Some(&phone), json!({})).await.expect(200);
    let credential = device.create(&begun.body["options"], "http://localhost");
    let form = json!({ "ceremony_id": begun.text("/ceremony_id"), "credential": credential, "name": "Phone" });
    app.post("/api/v1/auth/passkeys/register/finish", Some(&phone), form).await.expect(201);
    let begun = app.post("/api/v1/auth/passkeys/login/begin", None, json!({})).await.expect(200);
    let credential = device.get(&begun.body["options"], "http://localhost");
    let form = json!({ "ceremony_id": begun.text("/ceremony_id"), "credential": credential });
    assert_in(enter(&app, "/api/v1/auth/passkeys/login/finish", form).await).await.expect(200);

    let nonce = app.post("/api/v1/auth/oauth/nonce", None, json!({})).await.expect(201).text("/nonce");
    let mut claims = id_claims("https://accounts.google.com", "gym-web", "g-1", SystemClock.now());
    let more = json!({ "nonce": nonce, "email": "bob@gmail.com", "email_verified": true, "name": "Bob" });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let form = json!({ "id_token": ForeignKey::RsaA.sign(&claims), "nonce": nonce });
    assert_in(enter(&app, "/api/v1/auth/oauth/google", form).await).await.expect(200);
}

/// The tests above go through all of these; whoever adds a way in adds it there.
#[test]
fn every_route_that_gives_tokens_gives_cookies_too() {
    let document = Document::of_this_version();
    let mut giving = BTreeSet::new();
    for (method, path, operation) in document.operations() {
        let (mut tokens, mut cookies) = (false, false);
        for response in operation["responses"].as_object().unwrap().values() {
            for (media_type, content) in response["content"].as_object().into_iter().flatten() {
                let name = content["schema"]["$ref"].as_str().unwrap_or_default();
                let schema = document.json().pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
                tokens |= schema["properties"]["refresh_token"].is_object();
                cookies |= media_type.contains("profile=browser-session");
            }
        }
        // A device has no use for cookies.
        assert_eq!(cookies, tokens && path != "/api/v1/auth/device/token", "{method} {path}");
        if cookies {
            giving.insert(path);
        }
    }
    let ways = ["anonymous", "login", "oauth/{provider}", "passkeys/login/finish", "refresh", "register", "restore"];
    let ways = ways.into_iter().chain(["verify-email"]).map(|way| format!("/api/v1/auth/{way}"));
    assert_eq!(giving, ways.collect());
}
