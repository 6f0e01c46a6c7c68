//! Second factors and passkeys, from outside.

use std::time::Duration;

use hos_domain::identity::TotpSecret;
use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{Authenticator, PASSWORD, Reply, Session, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

/// What an authenticator app shows, so many seconds from now.
fn shown(secret: &TotpSecret, ahead: u64) -> String {
    secret.code(SystemClock.now() + Duration::from_secs(ahead))
}

async fn log_in(app: &TestApp, more: Value) -> Reply {
    let mut form = json!({ "email": "ada@example.com", "password": PASSWORD });
    form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    app.post("/api/v1/auth/login", None, form).await
}

/// Enrolls an app and gives back its secret and the recovery codes.
async fn enroll(app: &TestApp, user: &Session) -> (TotpSecret, Vec<String>) {
    let setup = app.post("/api/v1/auth/totp/begin", Some(user), json!({})).await.expect(200);
    assert!(setup.text("/qr_svg").starts_with("<svg") && setup.text("/otpauth_url").starts_with("otpauth://totp/"));
    let secret = TotpSecret::from_base32(&setup.text("/secret")).unwrap();
    let confirm = "/api/v1/auth/totp/confirm";
    let wrong = if shown(&secret, 0) == "000000" { "000001" } else { "000000" };
    app.post(confirm, Some(user), json!({ "code": wrong })).await.expect_error(422, "CODE_INVALID");
    let confirmed = app.post(confirm, Some(user), json!({ "code": shown(&secret, 0) })).await.expect(200);
    let codes = confirmed.body["recovery_codes"].as_array().unwrap();
    (secret, codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect())
}

#[apply(both_databases)]
async fn a_login_asks_for_the_app_and_takes_no_code_twice(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    log_in(&app, json!({})).await.expect(200);
    let (secret, codes) = enroll(&app, &ada).await;
    assert_eq!(codes.len(), 10);
    app.mail("ada@example.com", "How you log in has changed").await;
    log_in(&app, json!({})).await.expect_error(401, "TOTP_REQUIRED");
    log_in(&app, json!({ "totp": shown(&secret, 0) })).await.expect_error(401, "AUTHENTICATION_ERROR");
    let next = shown(&secret, 30);
    log_in(&app, json!({ "totp": next })).await.expect(200);
    log_in(&app, json!({ "totp": next })).await.expect_error(401, "AUTHENTICATION_ERROR");

    log_in(&app, json!({ "recovery_code": codes[0].to_uppercase() })).await.expect(200);
    log_in(&app, json!({ "recovery_code": codes[0] })).await.expect_error(401, "AUTHENTICATION_ERROR");
    let state = app.get("/api/v1/auth/totp", Some(&ada)).await.expect(200);
    assert_eq!(state.body, json!({ "totp": true, "recovery_codes_left": 9 }));
    app.post("/api/v1/auth/totp/begin", Some(&ada), json!({})).await.expect_error(409, "CONFLICT");
    let fresh = app.post("/api/v1/auth/totp/recovery-codes", Some(&ada), json!({})).await.expect(200);
    log_in(&app, json!({ "recovery_code": codes[1] })).await.expect_error(401, "AUTHENTICATION_ERROR");
    log_in(&app, json!({ "recovery_code": fresh.body["recovery_codes"][1] })).await.expect(200);
    app.delete_with("/api/v1/auth/totp", &ada, json!({ "password": PASSWORD })).await.expect(204);
    log_in(&app, json!({})).await.expect(200);
    app.delete_with("/api/v1/auth/totp", &ada, json!({})).await.expect_error(404, "NOT_FOUND");
}

#[apply(both_databases)]
async fn guessing_codes_of_the_app_is_guessing_and_locks_like_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    enroll(&app, &ada).await;
    for _ in 0..10 {
        log_in(&app, json!({ "totp": "nonsense" })).await.expect_error(401, "AUTHENTICATION_ERROR");
    }
    log_in(&app, json!({ "totp": "nonsense" })).await.expect_error(423, "ACCOUNT_LOCKED");
}

async fn add_passkey(app: &TestApp, user: &Session, device: &mut Authenticator, origin: &str) -> Reply {
    let begun = app.post("/api/v1/auth/passkeys/register/begin", Some(user), json!({})).await.expect(200);
    let credential = device.create(&begun.body["options"], origin);
    let form = json!({ "ceremony_id": begun.text("/ceremony_id"), "credential": credential, "name": "Phone" });
    app.post("/api/v1/auth/passkeys/register/finish", Some(user), form).await
}

#[apply(both_databases)]
async fn a_passkey_logs_in_without_address_or_password_and_each_answer_once(#[case] engine: Engine) {
    let app = TestApp::builder(engine).await.set("PUBLIC_URL", "http://localhost").start().await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let (origin, mut phone) = ("http://localhost", Authenticator::phone());
    let added = add_passkey(&app, &ada, &mut phone, origin).await.expect(201);
    let login = async |phone: &mut Authenticator| {
        let begun = app.post("/api/v1/auth/passkeys/login/begin", None, json!({})).await.expect(200);
        let credential = phone.get(&begun.body["options"], origin);
        json!({ "ceremony_id": begun.text("/ceremony_id"), "credential": credential })
    };
    let finish = "/api/v1/auth/passkeys/login/finish";
    let form = login(&mut phone).await;
    let session = Session::of(&app.post(finish, None, form.clone()).await.expect(200));
    assert_eq!(session.user_id, ada.user_id);
    app.post(finish, None, form).await.expect_error(422, "PASSKEY_REFUSED");

    let begun = app.post("/api/v1/auth/passkeys/register/begin", Some(&bob), json!({})).await.expect(200);
    let credential = Authenticator::phone().create(&begun.body["options"], origin);
    let stolen = json!({ "ceremony_id": begun.text("/ceremony_id"), "credential": credential, "name": "Phone" });
    app.post("/api/v1/auth/passkeys/register/finish", Some(&ada), stolen).await.expect_error(422, "PASSKEY_REFUSED");

    let path = format!("/api/v1/auth/passkeys/{}", added.text("/id"));
    app.delete_with(&path, &bob, json!({})).await.expect_error(404, "NOT_FOUND");
    app.delete_with(&path, &ada, json!({})).await.expect(204);
    app.post(finish, None, login(&mut phone).await).await.expect_error(422, "PASSKEY_REFUSED");
}

#[tokio::test]
async fn a_server_without_a_domain_offers_no_passkeys() {
    let app = TestApp::builder(Engine::Sqlite).await.set("PUBLIC_URL", "http://127.0.0.1:8080").start().await;
    app.post("/api/v1/auth/passkeys/login/begin", None, json!({})).await.expect_error(404, "NOT_FOUND");
}
