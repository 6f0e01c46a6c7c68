//! What Clerk and Supabase tell about their users: what is believed, and that our accounts keep in step with it in
//! whatever order it comes.

use std::time::Duration;

use hos_domain::kernel::Clock;
use hos_local::SystemClock;
use hos_sql::Engine;
use hos_tests::{ForeignKey, IdentityProvider, Reply, Session, TestApp, WEBHOOK_SECRET, id_claims};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::both_databases;

const ISSUER: &str = "https://clerk.gym.example";
const ROW_SECRET: &str = "0123456789abcdef0123";
const CLERK: &str = "/api/v1/webhooks/clerk";
const SUPABASE: &str = "/api/v1/webhooks/supabase";
const ME: &str = "/api/v1/users/me";

struct Scene {
    app: TestApp,
    ada: Session,
    _provider: IdentityProvider,
}

/// Ada is there, without an address.
async fn scene(engine: Engine) -> Scene {
    let provider = IdentityProvider::start().await;
    let app = TestApp::builder(engine)
        .await
        .set("AUTH_ISSUER", ISSUER)
        .set("AUTH_JWKS_URL", &provider.jwks_url())
        .set("CLERK_WEBHOOK_SECRET", &format!("whsec_b3RoZXItb3RoZXItb3RoZXI,{WEBHOOK_SECRET}"))
        .set("SUPABASE_WEBHOOK_SECRET", ROW_SECRET)
        .set("SUPABASE_HOOK_SECRET", &format!("v1,{WEBHOOK_SECRET}"))
        .start()
        .await;
    let ada = Session::bearer(&ForeignKey::RsaA.sign(&id_claims(ISSUER, "any", "user_1", SystemClock.now())));
    app.get(ME, Some(&ada)).await.expect(200);
    Scene { app, ada, _provider: provider }
}

/// Ada as Clerk sees her after so many seconds.
fn clerk(seconds: i64, name: &str, email: &str, banned: bool) -> Value {
    let at = (1_700_000_000 + seconds) * 1000;
    let address = json!({ "id": "idn_1", "email_address": email, "verification": { "status": "verified" } });
    json!({ "type": "user.updated", "object": "event", "timestamp": at, "data": {
        "id": "user_1", "first_name": name, "last_name": null, "banned": banned, "updated_at": at,
        "primary_email_address_id": "idn_1", "email_addresses": [address] } })
}

impl Scene {
    async fn clerk(&self, id: &str, body: &Value) -> i64 {
        self.app.send_signed(CLERK, id, body).await.expect(200);
        self.app.database.settled().await
    }

    async fn supabase(&self, secret: &str, body: &Value) -> Reply {
        let send = |request: reqwest::RequestBuilder| request.header("x-webhook-secret", secret).json(body);
        self.app.send(Method::POST, SUPABASE, None, send).await
    }

    async fn me(&self) -> (String, Value, bool) {
        let me = self.app.get(ME, Some(&self.ada)).await.expect(200);
        (me.text("/name"), me.body["email"].clone(), me.body["email_verified"].as_bool().unwrap())
    }

    async fn outcomes(&self, word: &str) -> i64 {
        self.app.database.count(&format!("SELECT count(*) FROM webhook_events WHERE outcome = '{word}'")).await
    }
}

#[apply(both_databases)]
async fn a_user_keeps_in_step_and_what_is_older_than_what_is_known_says_nothing(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let bob = scene.app.register("bob").await;
    assert_eq!(scene.clerk("msg_2", &clerk(20, "Ada", "ada@example.com", false)).await, 0);
    let second = ("Ada".to_owned(), json!("ada@example.com"), true);
    assert_eq!(scene.me().await, second);
    scene.clerk("msg_1", &clerk(10, "Old", "old@example.com", true)).await;
    scene.clerk("msg_2", &clerk(20, "Ada", "ada@example.com", false)).await;
    assert_eq!(scene.me().await, second);
    assert_eq!((scene.outcomes("applied").await, scene.outcomes("ignored").await), (1, 1), "a repetition is one");
    // Somebody else's address stays somebody else's.
    scene.clerk("msg_3", &clerk(30, "Ada L.", &bob.email, false)).await;
    assert_eq!(scene.me().await, ("Ada L.".to_owned(), json!("ada@example.com"), true));
    scene.app.get(ME, Some(&bob)).await.expect(200);
    // One of her own choice is not taken from her by the next news.
    let own = "UPDATE users SET email = 'own@example.com' WHERE email = 'ada@example.com'";
    scene.app.database.raw().await.execute_unprepared(own).await.unwrap();
    scene.clerk("msg_4", &clerk(40, "Ada L.", "new@example.com", false)).await;
    assert_eq!(scene.me().await.1, json!("own@example.com"));
}

#[apply(both_databases)]
async fn whom_the_issuer_bans_is_suspended_until_it_does_not_and_whom_it_deletes_is_deleted(#[case] engine: Engine) {
    let scene = scene(engine).await;
    scene.clerk("msg_1", &clerk(10, "Ada", "ada@example.com", true)).await;
    scene.app.get(ME, Some(&scene.ada)).await.expect_error(403, "ACCOUNT_SUSPENDED");
    scene.app.mail("ada@example.com", "Your account is suspended").await;
    scene.clerk("msg_2", &clerk(20, "Ada", "ada@example.com", false)).await;
    assert_eq!(scene.me().await.0, "Ada");
    let deleted = json!({ "type": "user.deleted", "timestamp": 1_700_000_005_000_i64,
        "data": { "id": "user_1", "object": "user", "deleted": true } });
    assert_eq!(scene.clerk("msg_0", &deleted).await, 0);
    scene.app.get(ME, Some(&scene.ada)).await.expect_error(403, "ACCOUNT_DELETED");
    scene.app.mail("ada@example.com", "Your account").await;
    scene.clerk("msg_3", &clerk(30, "Back", "ada@example.com", false)).await;
    scene.app.get(ME, Some(&scene.ada)).await.expect_error(403, "ACCOUNT_DELETED");
}

#[apply(both_databases)]
async fn whom_our_own_people_suspended_stays_so_when_a_ban_ends(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let suspend = "UPDATE users SET status = 'suspended'";
    scene.app.database.raw().await.execute_unprepared(suspend).await.unwrap();
    scene.clerk("msg_1", &clerk(10, "Ada", "ada@example.com", true)).await;
    scene.clerk("msg_2", &clerk(20, "Ada", "ada@example.com", false)).await;
    let suspended = "SELECT count(*) FROM users WHERE status = 'suspended'";
    assert_eq!(scene.app.database.count(suspended).await, 1);
}

#[apply(both_databases)]
async fn whom_our_own_people_suspended_does_not_come_back_by_way_of_a_deletion(#[case] engine: Engine) {
    let scene = scene(engine).await;
    scene.app.register("bob").await;
    let raw = scene.app.database.raw().await;
    raw.execute_unprepared("UPDATE users SET status = 'suspended'").await.unwrap();
    let ada_is_gone = json!({ "type": "user.deleted", "data": { "id": "user_1", "deleted": true } });
    assert_eq!(scene.clerk("msg_1", &ada_is_gone).await, 0);
    let hidden = "SELECT count(*) FROM users WHERE status = 'suspended' AND deleted_at IS NOT NULL";
    assert_eq!(scene.app.database.count(hidden).await, 1);
    // The same for who has a password.
    raw.execute_unprepared("UPDATE users SET deleted_at = created_at").await.unwrap();
    let login = json!({ "email": "bob@example.com", "password": hos_tests::PASSWORD });
    scene.app.post("/api/v1/auth/restore", None, login).await.expect(401);
}

#[apply(both_databases)]
async fn who_owns_a_gym_is_not_deleted_over_the_heads_of_its_members(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let gym = json!({ "name": "Gym", "kind": "gym" });
    scene.app.post("/api/v1/organizations", Some(&scene.ada), gym).await.expect(201);
    let deleted = json!({ "type": "user.deleted", "data": { "id": "user_1", "deleted": true } });
    assert_eq!(scene.clerk("msg_1", &deleted).await, 0);
    assert_eq!(scene.outcomes("refused").await, 1);
    scene.me().await;
}

#[apply(both_databases)]
async fn what_clerk_has_not_signed_now_is_not_believed(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let (body, now) = (clerk(10, "Eve", "eve@example.com", false), SystemClock.now());
    let other = "whsec_ZXZpbC1ldmlsLWV2aWwtZXZpbA==";
    let wrong = [((other, now), "WEBHOOK_SIGNATURE_INVALID")];
    let old = [((WEBHOOK_SECRET, now - Duration::from_secs(301)), "WEBHOOK_TIMESTAMP_INVALID")];
    let early = [((WEBHOOK_SECRET, now + Duration::from_secs(330)), "WEBHOOK_TIMESTAMP_INVALID")];
    for (signed, code) in wrong.into_iter().chain(old).chain(early) {
        scene.app.send_signed_with(CLERK, signed, "msg_1", &body).await.expect_error(422, code);
    }
    scene.app.post(CLERK, None, body).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    scene.app.send_signed(CLERK, "msg_1", &json!({ "hello": 1 })).await.expect_error(422, "WEBHOOK_BODY_INVALID");
    scene
        .app
        .send_signed("/webhooks/clerk", "msg_2", &json!({ "type": "session.created", "data": {} }))
        .await
        .expect(200);
    let stranger = json!({ "type": "user.deleted", "data": { "id": "user_9" } });
    assert_eq!(scene.clerk("msg_3", &stranger).await, 0);
    assert_eq!((scene.outcomes("ignored").await, scene.outcomes("applied").await), (2, 0));
    scene.app.post("/api/v1/webhooks/auth0", None, json!({})).await.expect_error(404, "NOT_FOUND");
}

#[apply(both_databases)]
async fn supabases_rows_are_believed_by_their_secret_and_its_hooks_by_their_signature(#[case] engine: Engine) {
    let scene = scene(engine).await;
    let row = |kind: &str, name: &str, at: &str| {
        let user = json!({ "id": "user_1", "email": "ada@example.com", "email_confirmed_at": at,
            "raw_user_meta_data": { "full_name": name }, "updated_at": at });
        let (record, old) = if kind == "DELETE" { (Value::Null, user) } else { (user, Value::Null) };
        json!({ "type": kind, "schema": "auth", "table": "users", "record": record, "old_record": old })
    };
    let later = row("UPDATE", "Ada", "2023-11-14T22:13:20+00:00");
    scene.supabase("another secret, long enough", &later).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    scene.app.post(SUPABASE, None, later.clone()).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    for body in [&later, &row("UPDATE", "Old", "2023-11-14T22:13:10+00:00"), &later] {
        scene.supabase(ROW_SECRET, body).await.expect(200);
        assert_eq!(scene.app.database.settled().await, 0);
    }
    assert_eq!(scene.me().await, ("Ada".to_owned(), json!("ada@example.com"), true));
    let hook = json!({ "metadata": { "name": "send-email" }, "user": { "id": "user_1" } });
    scene.app.send_signed(SUPABASE, "msg_1", &hook).await.expect(200);
    scene.supabase(ROW_SECRET, &row("DELETE", "Ada", "2023-11-14T22:13:20+00:00")).await.expect(200);
    assert_eq!(scene.app.database.settled().await, 0);
    scene.app.get(ME, Some(&scene.ada)).await.expect_error(403, "ACCOUNT_DELETED");
}

#[tokio::test]
async fn without_a_secret_nothing_is_believed() {
    let app = TestApp::start(Engine::Sqlite).await;
    for path in [CLERK, SUPABASE] {
        app.send_signed(path, "msg_1", &json!({})).await.expect_error(503, "WEBHOOK_NOT_CONFIGURED");
    }
}
