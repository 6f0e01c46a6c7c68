//! Register, login, refresh, logout, me.

use std::sync::Arc;
use std::time::Duration;

use hos_sql::Engine;
use hos_testing::TestDatabase;
use hos_tests::{Session, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;
use tempfile::TempDir;

use crate::both_databases;

#[apply(both_databases)]
async fn a_stranger_becomes_a_user_and_reads_their_profile(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let form = json!({
        "email": "Ada@Example.com", "password": "correct horse battery", "name": "Ada",
        "country": "de", "timezone": "Europe/Berlin", "locale": "de",
    });
    let registered = app.post("/api/v1/auth/register", None, form).await.expect(201);
    assert_eq!((registered.text("/token_type"), &registered.body["expires_in"]), ("Bearer".into(), &json!(900)));
    let me = app.get("/api/v1/users/me", Some(&Session::of(&registered))).await.expect(200);
    assert_eq!(me.body, registered.body["user"]);
    assert_eq!((me.text("/email"), me.text("/country")), ("ada@example.com".into(), "DE".into()));
}

#[apply(both_databases)]
async fn every_bad_field_is_named_at_once(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let form = json!({ "email": "nope", "password": "short", "name": "", "country": "XX", "timezone": "Mars/Base" });
    let reply = app.post("/api/v1/auth/register", None, form).await.expect_error(400, "VALIDATION_ERROR");
    let expected = [
        ("email", "email"),
        ("password", "length"),
        ("name", "length"),
        ("country", "country"),
        ("timezone", "timezone"),
    ];
    assert_eq!(reply.details(), expected);
}

#[apply(both_databases)]
async fn one_address_makes_one_account(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    app.register("ada").await;
    let again = json!({ "email": "ADA@example.com", "password": "another password", "name": "Eve" });
    app.post("/api/v1/auth/register", None, again).await.expect_error(409, "EMAIL_TAKEN");
}

#[apply(both_databases)]
async fn an_unknown_address_and_a_wrong_password_get_the_same_answer(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    app.register("ada").await;
    let login = async |email: &str| {
        let form = json!({ "email": email, "password": "wrong password" });
        app.post("/api/v1/auth/login", None, form).await.expect_error(401, "AUTHENTICATION_ERROR")
    };
    let (wrong, unknown) = (login("ada@example.com").await, login("eve@example.com").await);
    assert_eq!(wrong.body["error"]["message"], unknown.body["error"]["message"]);
    assert_eq!(wrong.header("www-authenticate"), "Bearer");
}

#[apply(both_databases)]
async fn a_session_is_carried_on_and_a_stolen_token_ends_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let first = app.register("ada").await;
    let refresh = async |token: &str| app.post("/api/v1/auth/refresh", None, json!({ "refresh_token": token })).await;
    let second = Session::of(&refresh(&first.refresh).await.expect(200));
    app.get("/api/v1/users/me", Some(&second)).await.expect(200);
    refresh(&first.refresh).await.expect_error(401, "REFRESH_TOKEN_REUSED");
    refresh(&second.refresh).await.expect_error(401, "AUTHENTICATION_ERROR");
    app.get("/api/v1/users/me", Some(&second)).await.expect_error(401, "AUTHENTICATION_ERROR");
}

#[apply(both_databases)]
async fn a_phone_that_lost_the_answer_asks_again_with_its_key(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let session = app.register("ada").await;
    let refresh = async |key: &str| {
        let body = json!({ "refresh_token": session.refresh });
        app.post_once("/api/v1/auth/refresh", &session, key, body).await
    };
    let (first, again) = (refresh("k").await.expect(200), refresh("k").await.expect(200));
    assert_eq!(first.body["refresh_token"], again.body["refresh_token"]);
    refresh("other").await.expect_error(409, "REFRESH_IN_PROGRESS");
}

#[apply(both_databases)]
async fn of_many_refreshes_at_once_one_wins_and_the_session_lives(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let session = app.register("ada").await;
    let attempts = (0..8).map(|n| {
        let body = json!({ "refresh_token": session.refresh });
        let (app, session) = (&app, &session);
        async move { app.post_once("/api/v1/auth/refresh", session, &format!("k{n}"), body).await }
    });
    let replies = join_all(attempts).await;
    let winners: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    assert_eq!(winners.len(), 1);
    assert!(replies.iter().all(|reply| [200, 409].contains(&reply.status)));
    app.get("/api/v1/users/me", Some(&Session::of(winners[0]))).await.expect(200);
}

#[apply(both_databases)]
async fn after_logout_no_token_of_the_session_counts(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let session = app.register("ada").await;
    app.post("/api/v1/auth/logout", Some(&session), json!(null)).await.expect(204);
    app.get("/api/v1/users/me", Some(&session)).await.expect_error(401, "AUTHENTICATION_ERROR");
    let refresh = json!({ "refresh_token": session.refresh });
    app.post("/api/v1/auth/refresh", None, refresh).await.expect_error(401, "AUTHENTICATION_ERROR");
}

#[apply(both_databases)]
async fn a_deleted_user_is_hidden_at_once(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let session = app.register("ada").await;
    let hide = "UPDATE users SET deleted_at = created_at, status = 'deleted'";
    app.database.raw().await.execute_unprepared(hide).await.unwrap();
    app.get("/api/v1/users/me", Some(&session)).await.expect_error(401, "AUTHENTICATION_ERROR");
    let login = json!({ "email": session.email, "password": "correct horse battery" });
    app.post("/api/v1/auth/login", None, login).await.expect_error(401, "AUTHENTICATION_ERROR");
    let refresh = json!({ "refresh_token": session.refresh });
    app.post("/api/v1/auth/refresh", None, refresh).await.expect_error(401, "AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn a_token_that_was_not_signed_by_us_is_refused() {
    let app = TestApp::start(Engine::Sqlite).await;
    let session = app.register("ada").await;
    // {"alg":"none"} around our own claims, without a signature.
    let claims = session.access.split('.').nth(1).unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    let other_key = format!("{}x", session.access);
    for token in [unsigned.as_str(), other_key.as_str(), "", "Bearer", &session.refresh] {
        let forged = Session { access: token.to_owned(), ..session.clone() };
        let reply = app.get("/api/v1/users/me", Some(&forged)).await.expect_error(401, "AUTHENTICATION_ERROR");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
    app.send(Method::GET, "/api/v1/users/me", None, |request| request.basic_auth("ada", Some("x")))
        .await
        .expect_error(401, "AUTHENTICATION_ERROR");
}

#[tokio::test]
async fn another_nodes_logout_is_seen_within_half_a_minute_and_survives_a_restart() {
    let app = TestApp::start(Engine::Sqlite).await;
    let session = app.register("ada").await;
    app.post("/api/v1/auth/logout", Some(&session), json!(null)).await.expect(204);
    let (database, data) = (app.database.clone(), app.data.clone());
    tokio::time::timeout(Duration::from_secs(10), app.stop()).await.unwrap();
    let again = TestApp::builder_on(database, data).start().await;
    again.get("/api/v1/users/me", Some(&session)).await.expect_error(401, "AUTHENTICATION_ERROR");
}

async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(futures).await
}

#[apply(both_databases)]
async fn a_profile_changes_field_by_field(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let change = |body: serde_json::Value| app.patch("/api/v1/users/me", Some(&ada), body);
    let mut expected = app.get("/api/v1/users/me", Some(&ada)).await.expect(200).body;
    let new =
        json!({ "name": "Ada L.", "country": "IN", "timezone": "Asia/Kolkata", "locale": "de", "units": "imperial" });
    for (field, value) in new.as_object().unwrap() {
        expected[field] = value.clone();
    }
    assert_eq!(change(new).await.expect(200).body, expected);
    assert_eq!(change(json!({})).await.expect(200).body, expected);
    expected["country"] = json!(null);
    assert_eq!(change(json!({ "country": null })).await.expect(200).body, expected);
    assert_eq!(app.get("/api/v1/users/me", Some(&ada)).await.expect(200).body, expected);
    let wrong = change(json!({ "name": "", "country": "XX", "timezone": "Mars/Base", "units": "stones" })).await;
    let wrong = wrong.expect_error(400, "VALIDATION_ERROR");
    let fields: Vec<_> = wrong.details().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["name", "country", "timezone", "units"]);
    change(json!({ "role": "admin" })).await.expect_error(400, "VALIDATION_ERROR");
    change(json!({ "email": "eve@example.com" })).await.expect_error(400, "VALIDATION_ERROR");
}

#[tokio::test]
async fn a_password_that_is_tried_first_is_refused() {
    let app = TestApp::start(Engine::Sqlite).await;
    for password in ["password123", "QWERTYUIOP", "11111111"] {
        let form = json!({ "email": "ada@example.com", "password": password, "name": "Ada" });
        let reply = app.post("/api/v1/auth/register", None, form).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(reply.details(), [("password", "common")]);
    }
}

const PRIVATE_KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
    -----END PRIVATE KEY-----\n";

/// From a shared secret to a private key while members are logged in: nobody is logged out, and others can check tokens.
#[apply(both_databases)]
async fn keys_change_while_members_are_logged_in(#[case] engine: Engine) {
    const SECRET: &str = "the first secret, of at least 32 characters";
    let (database, data) = (Arc::new(TestDatabase::on(engine).await), Arc::new(TempDir::new().unwrap()));
    let node = || TestApp::builder_on(database.clone(), data.clone()).set("PUBLIC_URL", "http://localhost");
    let app = node().set("JWT_SECRET", SECRET).start().await;
    let ada = app.register("ada").await;
    let before = app.get("/.well-known/jwks.json", None).await.expect(200);
    assert_eq!(before.body["keys"].as_array().unwrap().len(), 1, "a shared secret is not published");
    app.stop().await;

    let app = node().set("JWT_PRIVATE_KEY", PRIVATE_KEY).set("JWT_SECRET", SECRET).start().await;
    app.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    let bob = app.register("bob").await;
    let keys = app.get("/api/v1/.well-known/jwks.json", None).await.expect(200);
    let keys: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys.body).unwrap();
    let header = jsonwebtoken::decode_header(&bob.access).unwrap();
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let mut rules = jsonwebtoken::Validation::new(header.alg);
    rules.set_audience(&["hypertrophy-os"]);
    let key = jsonwebtoken::DecodingKey::from_jwk(key).unwrap();
    let claims = jsonwebtoken::decode::<serde_json::Value>(&bob.access, &key, &rules).unwrap().claims;
    assert_eq!(claims["sub"], json!(bob.user_id));
    app.stop().await;

    let app = node().set("JWT_PRIVATE_KEY", PRIVATE_KEY).start().await;
    app.get("/api/v1/users/me", Some(&bob)).await.expect(200);
    app.get("/api/v1/users/me", Some(&ada)).await.expect(401);
    app.post("/api/v1/auth/refresh", None, json!({ "refresh_token": ada.refresh })).await.expect(200);
}
