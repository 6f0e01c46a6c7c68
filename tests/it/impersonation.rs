//! Support acts in a member's place: for a while, for a reason, and not with what is nobody else's business.

use hos_sql::Engine;
use hos_tests::{Session, TestApp};
use rstest_reuse::apply;
use serde_json::json;

use crate::administration::with_role;
use crate::both_databases;

const ME: &str = "/api/v1/users/me";
const PROJECTS: &str = "/api/v1/projects";

fn path(member: &Session) -> String {
    format!("/api/v1/admin/users/{}/impersonate", member.user_id)
}

/// A session in the member's place.
async fn in_place_of(app: &TestApp, member: &Session, by: &Session) -> Session {
    let order = json!({ "ticket": "HELP-1", "reason": "Says that her plan is not shown" });
    let begun = app.post(&path(member), Some(by), order).await.expect(201);
    assert_eq!((begun.text("/user/id"), begun.body["expires_in"].as_u64()), (member.user_id.clone(), Some(900)));
    assert!(begun.body.get("refresh_token").is_none());
    Session { access: begun.text("/access_token"), refresh: String::new(), ..member.clone() }
}

#[apply(both_databases)]
async fn support_sees_what_the_member_sees_and_the_member_is_told(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (helper, ada) = (with_role(&app, "helper", "support").await, app.register("ada").await);
    app.post(PROJECTS, Some(&ada), json!({ "name": "Garage gym" })).await.expect(201);
    let place = in_place_of(&app, &ada, &helper).await;
    assert_eq!(app.get(ME, Some(&place)).await.expect(200).text("/id"), ada.user_id);
    assert_eq!(app.get(PROJECTS, Some(&place)).await.expect(200).text("/items/0/name"), "Garage gym");
    app.get("/api/v1/billing/subscription", Some(&place)).await.expect(200);
    assert!(app.mail(&ada.email, "Our support looks into your account").await.contains("HELP-1"));
    let boss = with_role(&app, "boss", "admin").await;
    let log = app.get(&format!("/api/v1/admin/audit-log?subject={}", ada.user_id), Some(&boss)).await.expect(200);
    let lines = log.body["items"].as_array().unwrap();
    let line = lines.iter().find(|line| line["action"] == "account.impersonated").unwrap();
    assert_eq!((&line["actor"], &line["facts"]["ticket"]), (&json!(helper.user_id), &json!("HELP-1")));
}

#[apply(both_databases)]
async fn nothing_is_changed_and_what_is_private_stays_so(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (helper, ada) = (with_role(&app, "helper", "support").await, app.register("ada").await);
    let place = in_place_of(&app, &ada, &helper).await;
    app.patch(ME, Some(&place), json!({ "name": "Eve" })).await.expect_error(403, "SCOPE_REQUIRED");
    app.post(PROJECTS, Some(&place), json!({ "name": "Hers" })).await.expect_error(403, "SCOPE_REQUIRED");
    for private in ["progress-photos", "auth/sessions", "api-keys", "auth/passkeys", "admin/users"] {
        app.get(&format!("/api/v1/{private}"), Some(&place)).await.expect_error(403, "SCOPE_REQUIRED");
    }
    let paying = json!({ "plan": "premium" });
    app.post("/api/v1/payments/subscribe", Some(&place), paying).await.expect_error(403, "SCOPE_REQUIRED");
    app.post(&path(&ada), Some(&place), json!({ "ticket": "1", "reason": "1" }))
        .await
        .expect_error(403, "SCOPE_REQUIRED");
}

#[tokio::test]
async fn a_super_admin_may_also_correct_what_is_wrong() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (chief, ada) = (with_role(&app, "chief", "super_admin").await, app.register("ada").await);
    let place = in_place_of(&app, &ada, &chief).await;
    app.patch(ME, Some(&place), json!({ "timezone": "Europe/Berlin" })).await.expect(200);
    app.get("/api/v1/progress-photos", Some(&place)).await.expect_error(403, "SCOPE_REQUIRED");
}

#[apply(both_databases)]
async fn it_ends_with_the_session_of_who_asked_and_asks_for_a_proof(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (helper, ada) = (with_role(&app, "helper", "support").await, app.register("ada").await);
    let place = in_place_of(&app, &ada, &helper).await;
    app.database.age_proofs().await;
    let order = json!({ "ticket": "HELP-1", "reason": "because" });
    app.post(&path(&ada), Some(&helper), order).await.expect_error(403, "STEP_UP_REQUIRED");
    app.post("/api/v1/auth/logout", Some(&helper), json!({})).await.expect(204);
    app.get(ME, Some(&place)).await.expect(401);
    app.get(ME, Some(&ada)).await.expect(200);
}

#[tokio::test]
async fn those_who_administer_are_never_impersonated_and_a_ticket_is_needed() {
    let app = TestApp::start(Engine::Sqlite).await;
    let chief = with_role(&app, "chief", "super_admin").await;
    for role in ["support", "admin", "super_admin"] {
        let other = with_role(&app, &role.replace('_', "-"), role).await;
        let order = json!({ "ticket": "HELP-1", "reason": "because" });
        app.post(&path(&other), Some(&chief), order).await.expect_error(403, "AUTHORIZATION_ERROR");
    }
    let ada = app.register("ada").await;
    let nameless = json!({ "ticket": " ", "reason": "because" });
    app.post(&path(&ada), Some(&chief), nameless).await.expect_error(400, "VALIDATION_ERROR");
}
