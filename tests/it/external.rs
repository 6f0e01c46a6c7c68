//! Access tokens of an external identity system, with real keys: which are believed, whose account they open, and what
//! can't be done with them.

use hos_domain::kernel::{Clock, Timestamp};
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{ForeignKey, IdentityProvider, Mood, Session, TestApp, id_claims, sign_with_secret, unsigned};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::both_databases;

const ISSUER: &str = "https://id.example/auth/v1";
const ME: &str = "/api/v1/users/me";

struct Scene {
    app: TestApp,
    provider: IdentityProvider,
}

async fn scene(engine: Engine) -> Scene {
    let provider = IdentityProvider::start().await;
    let app = TestApp::builder(engine)
        .await
        .set("AUTH_ISSUER", ISSUER)
        .set("AUTH_JWKS_URL", &provider.jwks_url())
        .set("AUTH_AUDIENCE", "gym")
        .set("AUTH_ALGORITHMS", "RS256")
        .start()
        .await;
    Scene { app, provider }
}

fn now() -> Timestamp {
    SystemClock.now()
}

/// Claims about `subject` with some of them changed; null takes one away.
fn claims(subject: &str, more: &Value) -> Value {
    let mut claims = id_claims(ISSUER, "gym", subject, now());
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn session(subject: &str, more: &Value) -> Session {
    Session::bearer(&ForeignKey::RsaA.sign(&claims(subject, more)))
}

impl Scene {
    async fn users(&self) -> i64 {
        self.app.database.count("SELECT count(*) FROM users").await
    }

    async fn set(&self, change: &str) {
        self.app.database.raw().await.execute_unprepared(&format!("UPDATE users SET {change}")).await.unwrap();
    }
}

#[apply(both_databases)]
async fn a_stranger_has_an_account_from_the_first_request_on_and_costs_no_query_later(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let ada = json!({ "email": "ada@example.com", "email_verified": true, "name": "Ada L." });
    let first = scene.app.get(ME, Some(&session("u-1", &ada))).await.expect(200);
    assert_eq!((first.text("/email"), first.text("/name")), ("ada@example.com".into(), "Ada L.".into()));
    assert_eq!(first.body["email_verified"], true);
    // A token that was refreshed, with another address: the subject counts.
    let again = session("u-1", &json!({ "email": "other@example.com", "email_verified": true }));
    // One for the profile itself, and the first time one for whose it is.
    for queries in ["desc=\"2 ", "desc=\"1 "] {
        let reply = scene.app.get(ME, Some(&again)).await.expect(200);
        assert_eq!(reply.text("/id"), first.text("/id"));
        assert!(reply.header("server-timing").contains(queries), "{}", reply.header("server-timing"));
    }
    let sessions = scene.app.get("/api/v1/auth/sessions", Some(&again)).await.expect(200);
    assert_eq!(sessions.body["items"], json!([]), "the session is the issuer's");
    assert_eq!((scene.users().await, scene.provider.fetches()), (1, 1));
}

#[apply(both_databases)]
async fn what_the_issuer_has_not_signed_for_us_is_nobodys_word(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let good = claims("u-1", &json!({}));
    let changed = |more: Value| ForeignKey::RsaA.sign(&claims("u-1", &more));
    let public_key = ForeignKey::RsaA.jwk()["n"].as_str().unwrap().to_owned();
    let hs256 = json!({ "alg": "HS256", "kid": ForeignKey::RsaA.id(), "typ": "JWT" });
    let none = json!({ "alg": "none", "kid": ForeignKey::RsaA.id(), "typ": "JWT" });
    let (seconds, flipped) = (now().unix_seconds(), ForeignKey::RsaA.sign(&good));
    let refused = [
        ("another algorithm of the issuer", ForeignKey::P256A.sign(&good)),
        ("the public key for a secret", sign_with_secret(&hs256, &good, public_key.as_bytes())),
        ("no algorithm", format!("{}.", unsigned(&none, &good))),
        ("an unknown key", ForeignKey::RsaB.sign(&good)),
        ("another key by the same name", ForeignKey::RsaB.sign_as(&ForeignKey::RsaA.header(), &good)),
        ("another audience", changed(json!({ "aud": "somebody-else" }))),
        ("no audience", changed(json!({ "aud": null }))),
        ("another issuer", changed(json!({ "iss": "https://evil.example" }))),
        ("expired", changed(json!({ "exp": seconds - 60 }))),
        ("not yet", changed(json!({ "nbf": seconds + 60 }))),
        ("for ever", changed(json!({ "exp": null }))),
        ("of nobody", changed(json!({ "sub": null }))),
        ("of a service", changed(json!({ "role": "service_role" }))),
        ("another signature", format!("{}x", &flipped[..flipped.len() - 1])),
        ("no token", "abc".to_owned()),
    ];
    for (why, token) in refused {
        let reply = scene.app.get(ME, Some(&Session::bearer(&token))).await;
        assert_eq!((reply.status, &reply.body["error"]["code"]), (401, &json!("AUTHENTICATION_ERROR")), "{why}");
    }
    assert_eq!(scene.users().await, 0);
    // The unknown keys were asked for once: who invents key ids does not make us ask each time.
    assert_eq!(scene.provider.fetches(), 1);
}

#[apply(both_databases)]
async fn keys_that_can_not_be_had_are_our_trouble_and_not_the_clients(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let ours = scene.app.register("bob").await;
    for mood in [Mood::Away, Mood::Status(500), Mood::Saying("<html>".to_owned())] {
        scene.provider.be(mood);
        let refused = scene.app.get(ME, Some(&session("u-1", &json!({})))).await;
        refused.expect_error(503, "SERVICE_UNAVAILABLE");
    }
    scene.app.get(ME, Some(&ours)).await.expect(200);
    scene.app.get(ME, Some(&Session::bearer("abc"))).await.expect(401);
    scene.app.get(ME, Some(&session("u-1", &json!({ "iss": "https://evil.example" })))).await.expect(401);
}

#[apply(both_databases)]
async fn of_many_first_requests_at_once_one_makes_the_account(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let ada = session("u-1", &json!({ "email": "ada@example.com", "email_verified": true }));
    let requests = (0..8).map(|_| scene.app.get(ME, Some(&ada)));
    let replies = futures_util::future::join_all(requests).await;
    let ids: std::collections::BTreeSet<_> = replies.into_iter().map(|reply| reply.expect(200).text("/id")).collect();
    assert_eq!((ids.len(), scene.users().await), (1, 1));
}

#[apply(both_databases)]
async fn of_many_strangers_at_once_with_one_address_one_has_it_and_all_have_accounts(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let named = json!({ "email": "ada@example.com", "email_verified": true });
    let strangers: Vec<_> = (0..4).map(|number| session(&format!("u-{number}"), &named)).collect();
    let replies = strangers.iter().map(|stranger| scene.app.get(ME, Some(stranger)));
    let replies = futures_util::future::join_all(replies).await;
    let addresses = replies.into_iter().map(|reply| reply.expect(200).body["email"].clone());
    assert_eq!(addresses.filter(|address| address == "ada@example.com").count(), 1);
    assert_eq!(scene.users().await, 4);
}

#[tokio::test]
async fn who_comes_with_the_issuers_token_is_counted_as_a_user_and_not_with_the_whole_gym() {
    let provider = IdentityProvider::start().await;
    let builder = TestApp::builder(Engine::Sqlite).await.set("RATE_LIMITS", "true").set("AUTH_ISSUER", ISSUER);
    let app = builder.set("AUTH_JWKS_URL", &provider.jwks_url()).start().await;
    let policy = async |session: &Session| app.get(ME, Some(session)).await.header("ratelimit-policy").to_owned();
    assert!(policy(&session("u-1", &json!({}))).await.starts_with("\"user\""));
    let forged = Session::bearer(&ForeignKey::RsaB.sign(&claims("u-1", &json!({}))));
    assert!(policy(&forged).await.starts_with("\"anonymous\""));
}

#[apply(both_databases)]
async fn an_address_opens_nobodys_account_and_takes_nobodys_away(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let bob = scene.app.register("bob").await;
    let named = |verified: bool| json!({ "email": "bob@example.com", "email_verified": verified });
    for (subject, verified) in [("u-1", true), ("u-2", false)] {
        let stranger = session(subject, &named(verified));
        let me = scene.app.get(ME, Some(&stranger)).await.expect(200);
        assert_ne!(me.text("/id"), bob.user_id);
        assert_eq!((&me.body["email"], &me.body["email_verified"]), (&Value::Null, &json!(false)));
    }
    // One that is free, and that nobody has verified, is not given away either.
    let unproved = session("u-3", &json!({ "email": "carl@example.com", "email_verified": false }));
    assert_eq!(scene.app.get(ME, Some(&unproved)).await.expect(200).body["email"], Value::Null);
    scene.app.register("carl").await;
    // Whoever is known at the issuer is not anonymous, with or without an address.
    let upgrade = json!({ "email": "dora@example.com", "password": "correct horse", "name": "Dora" });
    scene.app.post("/api/v1/auth/upgrade", Some(&unproved), upgrade).await.expect_error(409, "NOT_ANONYMOUS");
}

#[apply(both_databases)]
async fn who_is_suspended_or_deleted_is_out_at_once_whatever_the_issuer_says(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let ada = session("u-1", &json!({ "auth_time": now().unix_seconds() }));
    let id = scene.app.get(ME, Some(&ada)).await.expect(200).text("/id");
    scene.app.get(ME, Some(&ada)).await.expect(200);
    scene.app.register("boss").await;
    scene.set("role = 'admin' WHERE email = 'boss@example.com'").await;
    let boss = scene.app.log_in("boss").await;
    let (suspend, reactivate) =
        (format!("/api/v1/admin/users/{id}/suspend"), format!("/api/v1/admin/users/{id}/reactivate"));
    scene.app.post(&suspend, Some(&boss), json!({ "reason": "because" })).await.expect(200);
    scene.app.get(ME, Some(&ada)).await.expect_error(403, "ACCOUNT_SUSPENDED");
    scene.app.post(&reactivate, Some(&boss), json!({ "reason": "sorry" })).await.expect(200);
    scene.app.delete_with(ME, &ada, json!({})).await.expect(202);
    scene.app.get(ME, Some(&ada)).await.expect_error(403, "ACCOUNT_DELETED");
    assert_eq!(scene.users().await, 2, "nobody gets a second account while the first is not erased");
}

#[apply(both_databases)]
async fn what_asks_for_a_proof_takes_the_issuers_word_if_it_is_dated(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let app = &scene.app;
    let stale = session("u-1", &json!({ "auth_time": now().unix_seconds() - 3600 }));
    let undated = session("u-1", &json!({}));
    let needed = "SIGN_IN_AGAIN_AT_ISSUER";
    for caller in [&stale, &undated] {
        app.delete_with(ME, caller, json!({})).await.expect_error(403, needed);
        let step_up = json!({ "password": "correct horse battery" });
        app.post("/api/v1/auth/step-up", Some(caller), step_up).await.expect_error(403, needed);
        let key = json!({ "name": "Script", "scopes": ["projects:read"] });
        app.post("/api/v1/api-keys", Some(caller), key).await.expect_error(403, needed);
    }
    app.delete_with(ME, &stale, json!({ "password": "no such password" })).await.expect(400);
    app.post("/api/v1/auth/logout", Some(&stale), json!({})).await.expect_error(409, "LOG_OUT_AT_ISSUER");
    app.post("/api/v1/auth/logout-all", Some(&stale), json!({})).await.expect(204);
    let fresh = session("u-1", &json!({ "amr": [{ "method": "password", "timestamp": now().unix_seconds() - 60 }] }));
    let key = app.make_key(&fresh, &["projects:read"]).await;
    app.get("/api/v1/projects", Some(&key)).await.expect(200);
}
