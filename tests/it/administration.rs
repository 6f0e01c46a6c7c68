//! Those who run the product: what each role may do, and what becomes of an account that is closed.

use hos_sql::Engine;
use hos_tests::{Document, PASSWORD, Session, TestApp};
use reqwest::Method;
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::both_databases;

const ROLES: [&str; 5] = ["user", "companion", "support", "admin", "super_admin"];

/// Registers somebody and gives them a role, as the operator would.
pub async fn with_role(app: &TestApp, name: &str, role: &str) -> Session {
    app.register(name).await;
    let raw = app.database.raw().await;
    raw.execute_unprepared(&format!("UPDATE users SET role = '{role}' WHERE email = '{name}@example.com'"))
        .await
        .unwrap();
    app.log_in(name).await
}

/// Each route of the administration, and the least role that may use it. A route that is not here fails the test.
const LEAST_ROLES: [(&str, &str, &str); 10] = [
    ("GET", "/api/v1/admin/users", "support"),
    ("GET", "/api/v1/admin/users/{id}", "support"),
    ("POST", "/api/v1/admin/users/{id}/impersonate", "support"),
    ("POST", "/api/v1/admin/users/{id}/suspend", "admin"),
    ("POST", "/api/v1/admin/users/{id}/reactivate", "admin"),
    ("POST", "/api/v1/admin/users/{id}/refunds", "admin"),
    ("PATCH", "/api/v1/admin/users/{id}", "super_admin"),
    ("GET", "/api/v1/admin/audit-log", "admin"),
    ("GET", "/api/v1/admin/billing/balances", "admin"),
    ("GET", "/api/v1/admin/users/{id}/journal", "admin"),
];

#[tokio::test]
async fn each_route_of_the_administration_is_for_its_roles_and_no_other() {
    let app = TestApp::start(Engine::Sqlite).await;
    let mut sessions = Vec::new();
    for role in ROLES {
        sessions.push((role, with_role(&app, &role.replace('_', "-"), role).await));
    }
    let is_admin = |path: &str| path.contains("/admin/");
    let served = Document::of_this_version().operations().into_iter().filter(|(_, path, _)| is_admin(path)).count();
    assert_eq!(served, LEAST_ROLES.len(), "a route of the administration is missing from the table");
    for (method, path, least) in LEAST_ROLES {
        let rank = |role: &str| ROLES.iter().position(|known| *known == role).unwrap();
        let method: Method = method.parse().unwrap();
        let path = path.replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057");
        for (role, session) in &sessions {
            let body = json!({ "reason": "because", "role": "user" });
            let reply = app.send(method.clone(), &path, Some(session), |request| request.json(&body)).await;
            let refused = reply.status == 403;
            assert_eq!(refused, rank(role) < rank(least), "{method} {path} as {role}: {:#}", reply.body);
        }
        app.send(method, &path, None, |request| request).await.expect(401);
    }
}

#[apply(both_databases)]
async fn a_suspended_member_is_out_is_told_why_and_comes_back(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (boss, ada) = (with_role(&app, "boss", "admin").await, app.register("ada").await);
    let path = |deed: &str| format!("/api/v1/admin/users/{}/{deed}", ada.user_id);
    let why = json!({ "reason": "Spam in comments" });
    let closed = app.post(&path("suspend"), Some(&boss), why.clone()).await.expect(200);
    assert_eq!(closed.text("/status"), "suspended");
    app.post(&path("suspend"), Some(&boss), why.clone()).await.expect_error(409, "CONFLICT");
    app.get("/api/v1/users/me", Some(&ada)).await.expect(401);
    app.post("/api/v1/auth/refresh", None, json!({ "refresh_token": ada.refresh })).await.expect(401);
    let login = json!({ "email": ada.email, "password": PASSWORD });
    app.post("/api/v1/auth/login", None, login.clone()).await.expect_error(403, "ACCOUNT_SUSPENDED");
    assert!(app.mail(&ada.email, "Your account is suspended").await.contains("Spam in comments"));
    app.post(&path("reactivate"), Some(&boss), json!({ "reason": "Apologized" })).await.expect(200);
    app.post("/api/v1/auth/login", None, login).await.expect(200);

    let log = app.get(&format!("/api/v1/admin/audit-log?subject={}", ada.user_id), Some(&boss)).await.expect(200);
    let lines = log.body["items"].as_array().unwrap();
    let suspended = lines.iter().find(|line| line["action"] == "account.suspended").unwrap();
    assert_eq!(
        (&suspended["actor"], &suspended["facts"]["reason"]),
        (&json!(boss.user_id), &json!("Spam in comments"))
    );
    let first = app.get("/api/v1/admin/audit-log?limit=2", Some(&boss)).await.expect(200);
    let next = format!("/api/v1/admin/audit-log?limit=2&cursor={}", first.text("/next_cursor"));
    let next = app.get(&next, Some(&boss)).await.expect(200);
    let seq = |reply: &hos_tests::Reply, index: usize| reply.body["items"][index]["seq"].as_i64().unwrap();
    assert_eq!(seq(&next, 0), seq(&first, 1) - 1);
}

#[tokio::test]
async fn nobody_closes_the_account_of_an_equal_and_a_role_ends_the_sessions_of_the_old_one() {
    let app = TestApp::start(Engine::Sqlite).await;
    let (boss, peer) = (with_role(&app, "boss", "admin").await, with_role(&app, "peer", "admin").await);
    let chief = with_role(&app, "chief", "super_admin").await;
    let suspend = format!("/api/v1/admin/users/{}/suspend", peer.user_id);
    app.post(&suspend, Some(&boss), json!({ "reason": "because" })).await.expect_error(403, "AUTHORIZATION_ERROR");
    let edit = format!("/api/v1/admin/users/{}", peer.user_id);
    app.patch(&edit, Some(&chief), json!({ "role": "emperor" })).await.expect_error(400, "VALIDATION_ERROR");
    let edited = app.patch(&edit, Some(&chief), json!({ "role": "user" })).await.expect(200);
    assert_eq!(edited.text("/role"), "user");
    app.get("/api/v1/users/me", Some(&peer)).await.expect(401);
    let found = app.get("/api/v1/admin/users?email=PEER&limit=1", Some(&boss)).await.expect(200);
    assert_eq!(found.body["items"][0]["id"], json!(peer.user_id));
    let none = app.get("/api/v1/admin/users?email=%25", Some(&boss)).await.expect(200);
    assert_eq!(none.body["items"], json!([]), "a percent sign stands for itself");
}
