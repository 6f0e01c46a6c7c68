//! Signing in with Google, Apple and any OpenID provider, each a provider with real keys.

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{ForeignKey, IdentityProvider, Mood, PASSWORD, Reply, Session, TestApp, id_claims};
use rstest_reuse::apply;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::both_databases;

const GOOGLE: &str = "https://accounts.google.com";
const APPLE: &str = "https://appleid.apple.com";

struct Scene {
    app: TestApp,
    provider: IdentityProvider,
}

async fn scene(engine: Engine) -> Scene {
    let provider = IdentityProvider::start().await;
    let app = TestApp::builder(engine)
        .await
        .set("GOOGLE_CLIENT_IDS", "gym-web,gym-ios")
        .set("GOOGLE_BASE_URL", &provider.url)
        .set("APPLE_CLIENT_IDS", "com.example.gym")
        .set("APPLE_BASE_URL", &provider.url)
        .set("OIDC_ISSUER", "https://id.example")
        .set("OIDC_JWKS_URL", &provider.jwks_url())
        .set("OIDC_CLIENT_IDS", "gym")
        .start()
        .await;
    Scene { app, provider }
}

impl Scene {
    async fn nonce(&self) -> String {
        self.app.post("/api/v1/auth/oauth/nonce", None, json!({})).await.expect(201).text("/nonce")
    }

    /// A token of `issuer` about `subject`, with these claims besides.
    fn token(issuer: &str, audience: &str, subject: &str, nonce: &str, more: &Value) -> String {
        let mut claims = id_claims(issuer, audience, subject, SystemClock.now());
        let fields = claims.as_object_mut().unwrap();
        fields.insert("nonce".to_owned(), json!(nonce));
        fields.extend(more.as_object().unwrap().clone());
        ForeignKey::RsaA.sign(&claims)
    }

    async fn google(&self, subject: &str, email: &str, verified: bool) -> Reply {
        self.google_with(subject, email, verified, json!({})).await
    }

    /// The same with more in the body.
    async fn google_with(&self, subject: &str, email: &str, verified: bool, mut body: Value) -> Reply {
        let nonce = self.nonce().await;
        let more = json!({ "email": email, "email_verified": verified, "name": "Ada L." });
        let token = Self::token(GOOGLE, "gym-web", subject, &nonce, &more);
        (body["id_token"], body["nonce"]) = (json!(token), json!(nonce));
        self.app.post("/api/v1/auth/oauth/google", None, body).await
    }
}

#[apply(both_databases)]
async fn who_has_no_password_takes_a_deleted_account_back_with_the_provider(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let first = scene.google("g-1", "ada@gmail.com", true).await.expect(200);
    let ada = Session::of(&first);
    scene.app.delete_with("/api/v1/users/me", &ada, json!({})).await.expect(202);
    scene.google("g-1", "ada@gmail.com", true).await.expect_error(403, "ACCOUNT_DELETED");
    let restore = || json!({ "restore": true });
    let back = scene.google_with("g-1", "ada@gmail.com", true, restore()).await.expect(200);
    assert_eq!(back.text("/user/id"), ada.user_id);
    scene.app.get("/api/v1/users/me", Some(&Session::of(&back))).await.expect(200);

    // Somebody else has the address by the time she comes back again.
    scene.app.delete_with("/api/v1/users/me", &Session::of(&back), json!({})).await.expect(202);
    scene.google("g-2", "ada@gmail.com", true).await.expect(200);
    scene.google_with("g-1", "ada@gmail.com", true, restore()).await.expect_error(409, "EMAIL_TAKEN");
}

#[apply(both_databases)]
async fn a_stranger_signs_in_with_google_and_is_the_same_user_the_next_time(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let first = scene.google("g-1", "ada@gmail.com", true).await.expect(200);
    assert_eq!(
        (first.body["user"]["email_verified"].as_bool(), first.text("/user/name")),
        (Some(true), "Ada L.".into())
    );
    let again = scene.google("g-1", "renamed@gmail.com", true).await.expect(200);
    assert_eq!(again.text("/user/id"), first.text("/user/id"), "the subject counts, not the address");
    assert_eq!(scene.provider.fetches(), 1, "keys are remembered");
}

#[apply(both_databases)]
async fn a_token_counts_once_and_only_with_the_nonce_it_was_asked_for(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let (nonce, other) = (scene.nonce().await, scene.nonce().await);
    let more = json!({ "email": "ada@gmail.com", "email_verified": true });
    let token = Scene::token(GOOGLE, "gym-ios", "g-1", &nonce, &more);
    let sign_in = async |token: &str, nonce: &str| {
        scene.app.post("/api/v1/auth/oauth/google", None, json!({ "id_token": token, "nonce": nonce })).await
    };
    sign_in(&token, &other).await.expect_error(401, "NONCE_INVALID");
    sign_in(&token, &nonce).await.expect(200);
    sign_in(&token, &nonce).await.expect_error(401, "NONCE_INVALID");
    let made_up = Scene::token(GOOGLE, "gym-web", "g-1", "made up", &more);
    sign_in(&made_up, "made up").await.expect_error(401, "NONCE_INVALID");
    let for_others = Scene::token(GOOGLE, "somebody-else", "g-1", &other, &more);
    sign_in(&for_others, &other).await.expect_error(401, "AUTHENTICATION_ERROR");
    let by_others = Scene::token(APPLE, "gym-web", "g-1", &other, &more);
    sign_in(&by_others, &other).await.expect_error(401, "AUTHENTICATION_ERROR");
    let path = "/api/v1/auth/oauth/facebook";
    scene.app.post(path, None, json!({ "id_token": "x", "nonce": "x" })).await.expect_error(404, "NOT_FOUND");
}

/// The owner of a verified address gets their account; whoever waits with an unverified one gets nothing.
#[apply(both_databases)]
async fn an_account_is_linked_by_itself_only_where_both_sides_have_proved_the_address(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let form = |email: &str| json!({ "email": email, "password": PASSWORD, "name": "Local" });
    let verified = scene.app.post("/api/v1/auth/register", None, form("ada@gmail.com")).await.expect(201);
    let code = scene.app.mailed_code("ada@gmail.com", "Your code is").await;
    let proof = json!({ "email": "ada@gmail.com", "code": code });
    scene.app.post("/api/v1/auth/verify-email", None, proof).await.expect(200);
    let linked = scene.google("g-1", "ada@gmail.com", true).await.expect(200);
    assert_eq!(linked.text("/user/id"), verified.text("/user/id"));

    let squatter = scene.app.post("/api/v1/auth/register", None, form("bob@gmail.com")).await.expect(201);
    let squatter = Session::of(&squatter);
    let owner = scene.google("g-2", "bob@gmail.com", true).await.expect(200);
    assert_ne!(owner.text("/user/id"), squatter.user_id);
    scene.app.get("/api/v1/users/me", Some(&squatter)).await.expect(401);
    let login = json!({ "email": "bob@gmail.com", "password": PASSWORD });
    scene.app.post("/api/v1/auth/login", None, login.clone()).await.expect(401);
    scene.app.post("/api/v1/auth/restore", None, login).await.expect(401);

    scene.app.register("eve").await;
    scene.google("g-3", "eve@example.com", true).await.expect_error(409, "LINK_REQUIRED");
    scene.google("g-4", "ada@gmail.com", false).await.expect_error(409, "LINK_REQUIRED");
}

#[apply(both_databases)]
async fn who_is_logged_in_links_and_unlinks_but_never_the_last_way_in(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let app = &scene.app;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let oidc = async |subject: &str| {
        let nonce = scene.nonce().await;
        let more = json!({ "email": "ada@example.com", "email_verified": true });
        json!({ "id_token": Scene::token("https://id.example", "gym", subject, &nonce, &more), "nonce": nonce })
    };
    let (path, link) = ("/api/v1/auth/oauth/oidc", "/api/v1/auth/oauth/oidc/link");
    app.post(path, None, oidc("o-1").await).await.expect_error(409, "LINK_REQUIRED");
    app.post(link, Some(&ada), oidc("o-1").await).await.expect(204);
    app.post(link, Some(&bob), oidc("o-1").await).await.expect_error(409, "LINKED_ELSEWHERE");
    let session = Session::of(&app.post(path, None, oidc("o-1").await).await.expect(200));
    assert_eq!(session.user_id, ada.user_id);
    app.delete_with(link, &bob, json!({})).await.expect_error(404, "NOT_FOUND");
    app.delete_with(link, &ada, json!({})).await.expect(204);
    app.post(path, None, oidc("o-1").await).await.expect_error(409, "LINK_REQUIRED");

    let only = Session::of(&scene.google("g-1", "carl@gmail.com", true).await.expect(200));
    let google = "/api/v1/auth/oauth/google/link";
    app.delete_with(google, &only, json!({})).await.expect_error(409, "ONLY_LOGIN_METHOD");
}

#[apply(both_databases)]
async fn a_relay_of_apple_is_an_address_and_its_notices_are_heeded(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let (nonce, relay) = (scene.nonce().await, "x7@privaterelay.appleid.com");
    let hashed: String = Sha256::digest(nonce.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let more = json!({ "email": relay, "email_verified": "true", "is_private_email": "true" });
    let token = Scene::token(APPLE, "com.example.gym", "a-1", &hashed, &more);
    let form = json!({ "id_token": token, "nonce": nonce, "name": "Ada" });
    let ada = Session::of(&scene.app.post("/api/v1/auth/oauth/apple", None, form).await.expect(200));
    assert_eq!(ada.email, relay);

    let notice = |kind: &str, key: ForeignKey| {
        let events = json!({ "type": kind, "sub": "a-1", "email": relay, "event_time": 1_700_000_000_000_i64 });
        let now = SystemClock.now().unix_seconds();
        let claims = json!({ "iss": APPLE, "aud": "com.example.gym", "iat": now, "exp": now + 600,
            "jti": "n-1", "events": events.to_string() });
        json!({ "payload": key.sign(&claims) })
    };
    let path = "/api/v1/webhooks/apple/identity";
    scene.app.post(path, None, notice("email-disabled", ForeignKey::RsaA)).await.expect(204);
    scene.app.post(path, None, notice("consent-revoked", ForeignKey::RsaB)).await.expect(422);
    scene.app.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    for _ in 0..2 {
        scene.app.post(path, None, notice("consent-revoked", ForeignKey::RsaA)).await.expect(204);
    }
    scene.app.get("/api/v1/users/me", Some(&ada)).await.expect(401);
}

#[tokio::test]
async fn a_provider_that_is_away_is_said_to_be_and_nothing_is_used_up() {
    let scene = scene(Engine::Sqlite).await;
    scene.provider.be(Mood::Status(500));
    let nonce = scene.nonce().await;
    let more = json!({ "email": "ada@gmail.com", "email_verified": true });
    let form = json!({ "id_token": Scene::token(GOOGLE, "gym-web", "g-1", &nonce, &more), "nonce": nonce });
    scene.app.post("/api/v1/auth/oauth/google", None, form.clone()).await.expect_error(502, "PROVIDER_ERROR");
    scene.provider.be(Mood::Well);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while scene.app.post("/api/v1/auth/oauth/google", None, form.clone()).await.status != 200 {
        assert!(std::time::Instant::now() < deadline);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
}
