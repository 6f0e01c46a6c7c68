//! Keys for scripts and integrations.

use hos_sql::Engine;
use hos_tests::{PASSWORD, TestApp};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::both_databases;

const KEYS: &str = "/api/v1/api-keys";
const PROJECTS: &str = "/api/v1/projects";

#[apply(both_databases)]
async fn a_key_is_shown_once_does_what_its_scopes_say_and_is_out_at_once_when_revoked(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, eve) = (app.register("ada").await, app.register("eve").await);
    let form = json!({ "name": " Nightly export ", "scopes": ["projects:write", "projects:read"] });
    let made = app.post(KEYS, Some(&ada), form).await.expect(201);
    let text = made.text("/key");
    let digits = text.strip_prefix("hos_").unwrap();
    assert!(digits.len() == 72 && digits.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{text}");
    let key = ada.with_access(&text);

    let listed = app.get(KEYS, Some(&ada)).await.expect(200).body["items"][0].clone();
    assert_eq!((&listed["name"], &listed["prefix"]), (&json!("Nightly export"), &json!(text[..12])));
    assert_eq!(listed["scopes"], json!(["projects:read", "projects:write"]));
    assert!(listed.get("key").is_none(), "nobody sees it again");
    let path = format!("{KEYS}/{}", made.text("/id"));
    assert_eq!(app.get(&path, Some(&ada)).await.expect(200).body, listed);

    app.post(PROJECTS, Some(&key), json!({ "name": "Garage gym" })).await.expect(201);
    let projects = app.get(PROJECTS, Some(&key)).await.expect(200);
    assert_eq!(projects.body["items"].as_array().unwrap().len(), 1);
    assert!(app.get(PROJECTS, Some(&eve)).await.expect(200).body["items"].as_array().unwrap().is_empty());
    app.get("/api/v1/users/me", Some(&key)).await.expect_error(403, "SCOPE_REQUIRED");
    app.get(KEYS, Some(&key)).await.expect_error(403, "SCOPE_REQUIRED");
    let used = app.get_until(&path, &ada, |body| !body["last_used_at"].is_null()).await;
    assert!(used.text("/last_used_at") >= used.text("/created_at"));

    for path in [&path, &format!("{KEYS}/{}", eve.user_id)] {
        app.get(path, Some(&eve)).await.expect_error(404, "NOT_FOUND");
        app.delete(path, Some(&eve)).await.expect_error(404, "NOT_FOUND");
    }
    app.get(PROJECTS, Some(&key)).await.expect(200);
    app.delete(&path, Some(&ada)).await.expect(204);
    app.get(PROJECTS, Some(&key)).await.expect_error(401, "AUTHENTICATION_ERROR");
    app.delete(&path, Some(&ada)).await.expect_error(404, "NOT_FOUND");
    assert_eq!(app.get(KEYS, Some(&ada)).await.expect(200).body["items"], json!([]));
    let audited = "SELECT count(*) FROM audit_log WHERE action IN ('api_key.made', 'api_key.revoked')";
    assert_eq!(app.database.count(audited).await, 2);
}

#[apply(both_databases)]
async fn what_is_no_key_that_counts_opens_nothing(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let key = app.make_key(&ada, &["projects:read"]).await;
    let other = if key.access.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{other}", &key.access[..75]);
    let unknown = hos_domain::identity::ApiKeyText::from_secret([7; 32]);
    for text in ["hos_", "hos_é", &mistyped, unknown.expose(), &key.access.to_uppercase(), &key.access[4..]] {
        app.get(PROJECTS, Some(&ada.with_access(text))).await.expect_error(401, "AUTHENTICATION_ERROR");
    }
    let raw = app.database.raw().await;
    let long_ago = match engine {
        Engine::Sqlite => "UPDATE api_keys SET expires_at = '2020-01-01 00:00:00.000000+00:00'",
        Engine::Postgres => "UPDATE api_keys SET expires_at = '2020-01-01'",
    };
    raw.execute_unprepared(long_ago).await.unwrap();
    app.get(PROJECTS, Some(&key)).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_eq!(app.get(KEYS, Some(&ada)).await.expect(200).body["items"], json!([]), "its time is over");
}

#[apply(both_databases)]
async fn a_key_is_made_by_who_has_proved_lately_who_they_are_and_there_are_twenty_at_most(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let key = |more: serde_json::Value| {
        let mut form = json!({ "name": "Script", "scopes": ["profile:read"] });
        form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        form
    };
    for (more, fault) in [
        (json!({ "name": " " }), ("name", "length")),
        (json!({ "name": "a\u{202e}b" }), ("name", "characters")),
        (json!({ "scopes": [] }), ("scopes", "length")),
        (json!({ "scopes": ["profile:read", "admin"] }), ("scopes", "scope")),
        (json!({ "expires_at": "tomorrow" }), ("expires_at", "instant")),
        (json!({ "expires_at": "2020-01-01T00:00:00Z" }), ("expires_at", "range")),
        (json!({ "expires_at": "2999-01-01T00:00:00Z" }), ("expires_at", "range")),
        (json!({ "password": "wrong" }), ("password", "wrong")),
    ] {
        let refused = app.post(KEYS, Some(&ada), key(more)).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(refused.details(), [fault]);
    }
    let at_once = (0..23).map(|_| app.post(KEYS, Some(&ada), key(json!({}))));
    let made = futures_util::future::join_all(at_once).await;
    assert_eq!(made.iter().filter(|reply| reply.status == 201).count(), 20);
    app.post(KEYS, Some(&ada), key(json!({}))).await.expect_error(409, "TOO_MANY_API_KEYS");
    let keys = app.get(KEYS, Some(&ada)).await.expect(200);
    assert_eq!(keys.body["items"].as_array().unwrap().len(), 20);
    app.delete(&format!("{KEYS}/{}", keys.text("/items/0/id")), Some(&ada)).await.expect(204);

    app.database.age_proofs().await;
    app.post(KEYS, Some(&ada), key(json!({}))).await.expect_error(403, "STEP_UP_REQUIRED");
    app.post(KEYS, Some(&ada), key(json!({ "password": PASSWORD }))).await.expect(201);
}

#[apply(both_databases)]
async fn a_key_rests_while_its_account_is_closed(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (boss, ada) = (app.register("boss").await, app.register("ada").await);
    let raw = app.database.raw().await;
    raw.execute_unprepared("UPDATE users SET role = 'admin' WHERE email = 'boss@example.com'").await.unwrap();
    let boss = boss.with_access(&app.log_in("boss").await.access);
    let key = app.make_key(&ada, &["profile:read"]).await;
    let me = async || app.get("/api/v1/users/me", Some(&key)).await;
    me().await.expect(200);
    let admin = |deed: &str| format!("/api/v1/admin/users/{}/{deed}", ada.user_id);
    app.post(&admin("suspend"), Some(&boss), json!({ "reason": "because" })).await.expect(200);
    me().await.expect_error(401, "AUTHENTICATION_ERROR");
    app.post(&admin("reactivate"), Some(&boss), json!({ "reason": "because" })).await.expect(200);
    me().await.expect(200);

    let ada = app.log_in("ada").await;
    app.delete_with("/api/v1/users/me", &ada, json!({ "password": PASSWORD })).await.expect(202);
    me().await.expect_error(401, "AUTHENTICATION_ERROR");
    let form = json!({ "email": ada.email, "password": PASSWORD });
    app.post("/api/v1/auth/restore", None, form).await.expect(200);
    me().await.expect(200);
}

#[apply(both_databases)]
async fn a_forgotten_password_that_is_replaced_takes_every_key_with_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let key = app.make_key(&ada, &["profile:read"]).await;
    app.get("/api/v1/users/me", Some(&key)).await.expect(200);
    app.post("/api/v1/auth/forgot-password", None, json!({ "email": ada.email })).await.expect(202);
    let mail = app.mail(&ada.email, "Choose a new password").await;
    let token = mail.split_whitespace().find_map(|word| word.split_once("token=")).unwrap().1;
    let reset = json!({ "token": token, "new_password": "another horse" });
    app.post("/api/v1/auth/reset-password", None, reset).await.expect(204);
    app.get("/api/v1/users/me", Some(&key)).await.expect_error(401, "AUTHENTICATION_ERROR");
    assert_eq!(app.database.count("SELECT count(*) FROM api_keys").await, 0);
}
