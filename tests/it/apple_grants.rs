//! What Apple lets us do for its users: taken after a sign-in, given back when the account goes, whenever Apple is well.

use std::time::{Duration, Instant};

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{
    APPLE_KEY, APPLE_KEY_ID, APPLE_TEAM, ForeignKey, IdentityProvider, Mood, Reply, Session, TestApp, id_claims,
};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const CLIENT: &str = "com.example.gym";
const KEPT: &str = "SELECT count(*) FROM foreign_identities WHERE sealed_grant IS NOT NULL";

struct Scene {
    app: TestApp,
    provider: IdentityProvider,
}

async fn scene(engine: Engine) -> Scene {
    let provider = IdentityProvider::start().await;
    let app = TestApp::builder(engine)
        .await
        .set("APPLE_CLIENT_IDS", &format!("com.example.web,{CLIENT}"))
        .set("APPLE_BASE_URL", &provider.url)
        .set("APPLE_TEAM_ID", APPLE_TEAM)
        .set("APPLE_KEY_ID", APPLE_KEY_ID)
        .set("APPLE_PRIVATE_KEY", APPLE_KEY.pem())
        .start()
        .await;
    Scene { app, provider }
}

impl Scene {
    async fn sign_in(&self, code: Option<&str>) -> Reply {
        let nonce = self.app.post("/api/v1/auth/oauth/nonce", None, json!({})).await.expect(201).text("/nonce");
        let mut claims = id_claims("https://appleid.apple.com", CLIENT, "a-1", SystemClock.now());
        let facts = json!({ "nonce": nonce, "email": "ada@example.com", "email_verified": true });
        claims.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
        let mut form = json!({ "id_token": ForeignKey::RsaA.sign(&claims), "nonce": nonce });
        if let Some(code) = code {
            form["authorization_code"] = json!(code);
        }
        self.app.post("/api/v1/auth/oauth/apple", None, form).await
    }

    async fn kept(&self) -> i64 {
        assert_eq!(self.app.database.settled().await, 0);
        self.app.database.count(KEPT).await
    }

    /// Waits until a job has failed at least once, which proves that it will be tried again.
    async fn until_tried(&self, job: &str) {
        let failed = format!("SELECT count(*) FROM jobs WHERE name = '{job}' AND last_error IS NOT NULL");
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.app.database.count(&failed).await == 0 {
            assert!(Instant::now() < deadline, "{job} has not failed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[apply(both_databases)]
async fn a_grant_is_taken_after_the_sign_in_and_given_back_with_the_account(#[case] engine: Engine) {
    let scene = scene(engine).await;
    scene.provider.give_code("c.1", CLIENT);
    let ada = Session::of(&scene.sign_in(Some("c.1")).await.expect(200));
    assert_eq!(scene.kept().await, 1);
    let plain = "SELECT count(*) FROM foreign_identities WHERE CAST(sealed_grant AS TEXT) LIKE '%refresh of%'";
    assert_eq!(scene.app.database.count(plain).await, 0, "it is sealed");
    scene.app.delete_with("/api/v1/users/me", &ada, json!({})).await.expect(202);
    assert_eq!(scene.kept().await, 0);
    assert_eq!(scene.provider.revoked(), ["refresh of c.1"]);
}

#[apply(both_databases)]
async fn a_sign_in_and_a_deletion_do_not_wait_for_apple_which_is_asked_until_it_is_well(#[case] engine: Engine) {
    let scene = scene(engine).await;
    Session::of(&scene.sign_in(None).await.expect(200));
    scene.provider.give_code("c.1", CLIENT);
    scene.provider.be(Mood::Status(500));
    let ada = Session::of(&scene.sign_in(Some("c.1")).await.expect(200));
    scene.until_tried("identity.take_grant").await;
    scene.provider.be(Mood::Well);
    assert_eq!(scene.kept().await, 1);
    scene.provider.be(Mood::Away);
    scene.app.delete_with("/api/v1/users/me", &ada, json!({})).await.expect(202);
    scene.until_tried("identity.return_grant").await;
    assert_eq!(scene.provider.revoked(), [""; 0]);
    scene.provider.be(Mood::Well);
    assert_eq!(scene.kept().await, 0);
    assert_eq!(scene.provider.revoked(), ["refresh of c.1"]);
}

#[apply(both_databases)]
async fn a_grant_that_comes_when_its_account_is_gone_is_given_back_at_once(#[case] engine: Engine) {
    let scene = scene(engine).await;
    scene.sign_in(None).await.expect(200);
    scene.provider.give_code("c.1", CLIENT);
    scene.provider.be(Mood::Away);
    let ada = Session::of(&scene.sign_in(Some("c.1")).await.expect(200));
    scene.until_tried("identity.take_grant").await;
    scene.app.delete_with("/api/v1/users/me", &ada, json!({})).await.expect(202);
    scene.provider.be(Mood::Well);
    assert_eq!(scene.kept().await, 0);
    assert_eq!(scene.provider.revoked(), ["refresh of c.1"]);
}

#[apply(both_databases)]
async fn a_code_that_counts_no_more_harms_nobody_and_unlinking_gives_back_too(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let ada = Session::of(&scene.sign_in(Some("made-up")).await.expect(200));
    assert_eq!(scene.kept().await, 0);
    scene.provider.give_code("c.2", CLIENT);
    scene.sign_in(Some("c.2")).await.expect(200);
    assert_eq!(scene.kept().await, 1);
    let link = "/api/v1/auth/oauth/apple/link";
    scene.app.delete_with(link, &ada, json!({})).await.expect_error(409, "ONLY_LOGIN_METHOD");
    assert_eq!((scene.kept().await, scene.provider.revoked().len()), (1, 0));
    scene.app.post("/api/v1/auth/forgot-password", None, json!({ "email": "ada@example.com" })).await.expect(202);
    let mail = scene.app.mail("ada@example.com", "Choose a new password").await;
    let token: String = mail.split("token=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    let reset = json!({ "token": token, "new_password": "another correct horse" });
    scene.app.post("/api/v1/auth/reset-password", None, reset).await.expect(204);
    let login = json!({ "email": "ada@example.com", "password": "another correct horse" });
    let ada = Session::of(&scene.app.post("/api/v1/auth/login", None, login).await.expect(200));
    scene.app.delete_with(link, &ada, json!({})).await.expect(204);
    assert_eq!(scene.kept().await, 0);
    assert_eq!(scene.provider.revoked(), ["refresh of c.2"]);
}

#[tokio::test]
async fn only_apples_codes_are_taken_and_only_what_may_be_one() {
    let scene = scene(Engine::Sqlite).await;
    let form = |code: Value| json!({ "id_token": "x", "nonce": "x", "authorization_code": code });
    let google = scene.app.post("/api/v1/auth/oauth/google", None, form(json!("c"))).await.expect(400);
    assert_eq!(google.details(), [("authorization_code", "unexpected")]);
    for code in [json!(""), json!("a b"), json!("x".repeat(1025))] {
        let apple = scene.app.post("/api/v1/auth/oauth/apple", None, form(code)).await.expect(400);
        assert_eq!(apple.details(), [("authorization_code", "authorization_code")]);
    }
}
