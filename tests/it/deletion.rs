//! Accounts that are deleted, taken back, or moved to another address.

use hos_sql::Engine;
use hos_tests::{PASSWORD, Session, TestApp};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::both_databases;

const ME: &str = "/api/v1/users/me";
const RESTORE: &str = "/api/v1/auth/restore";

fn credentials(email: &str, password: &str) -> serde_json::Value {
    json!({ "email": email, "password": password })
}

#[apply(both_databases)]
async fn a_deleted_account_is_gone_at_once_and_comes_back_with_everything(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let tablet = app.log_in("ada").await;
    app.post("/api/v1/projects", Some(&ada), json!({ "name": "Garage gym" })).await.expect(201);
    let wrong = app.delete_with(ME, &ada, json!({ "password": "wrong" })).await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(wrong.details(), [("password", "wrong")]);
    let deleted = app.delete_with(ME, &ada, json!({ "password": PASSWORD })).await.expect(202);
    assert!(deleted.text("/erased_at").starts_with("20"));
    for session in [&ada, &tablet] {
        app.get(ME, Some(session)).await.expect(401);
        app.post("/api/v1/auth/refresh", None, json!({ "refresh_token": session.refresh })).await.expect(401);
    }
    app.post("/api/v1/auth/login", None, credentials(&ada.email, PASSWORD)).await.expect(401);
    app.mail(&ada.email, "Your account is deleted").await;

    app.post(RESTORE, None, credentials(&ada.email, "wrong")).await.expect(401);
    app.post(RESTORE, None, credentials("eve@example.com", PASSWORD)).await.expect(401);
    let back = Session::of(&app.post(RESTORE, None, credentials(&ada.email, PASSWORD)).await.expect(200));
    assert_eq!(back.user_id, ada.user_id);
    let projects = app.get("/api/v1/projects", Some(&back)).await.expect(200);
    assert_eq!(projects.body["items"].as_array().unwrap().len(), 1);
    app.post(RESTORE, None, credentials(&ada.email, PASSWORD)).await.expect(401);
}

#[apply(both_databases)]
async fn after_thirty_days_or_when_the_address_is_taken_nothing_comes_back(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    for session in [&ada, &bob] {
        app.delete_with(ME, session, json!({ "password": PASSWORD })).await.expect(202);
    }
    app.register("ada").await;
    app.post(RESTORE, None, credentials(&ada.email, PASSWORD)).await.expect_error(409, "EMAIL_TAKEN");
    let raw = app.database.raw().await;
    let long_ago = match engine {
        Engine::Sqlite => "UPDATE users SET deleted_at = '2020-01-01 00:00:00.000000+00:00' WHERE email LIKE 'bob%'",
        Engine::Postgres => "UPDATE users SET deleted_at = '2020-01-01' WHERE email LIKE 'bob%'",
    };
    raw.execute_unprepared(long_ago).await.unwrap();
    app.post(RESTORE, None, credentials(&bob.email, PASSWORD)).await.expect(401);
}

#[apply(both_databases)]
async fn what_matters_asks_for_a_proof_that_is_not_old(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.database.age_proofs().await;
    app.delete_with(ME, &ada, json!({})).await.expect_error(403, "STEP_UP_REQUIRED");
    let new = json!({ "new_email": "ada@example.org" });
    app.post("/api/v1/auth/change-email", Some(&ada), new.clone()).await.expect_error(403, "STEP_UP_REQUIRED");
    app.post("/api/v1/auth/step-up", Some(&ada), json!({ "password": "wrong" })).await.expect(400);
    app.post("/api/v1/auth/step-up", Some(&ada), json!({ "password": PASSWORD })).await.expect(204);
    app.post("/api/v1/auth/change-email", Some(&ada), new).await.expect(202);
    app.delete_with(ME, &ada, json!({})).await.expect(202);
}

#[apply(both_databases)]
async fn an_account_moves_to_the_address_whose_mail_its_user_reads(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let ask = |address: &str| json!({ "new_email": address });
    let taken = app.post("/api/v1/auth/change-email", Some(&ada), ask("bob@example.com")).await.expect(202);
    let free = app.post("/api/v1/auth/change-email", Some(&ada), ask("ada@example.org")).await.expect(202);
    assert_eq!(taken.body, free.body);
    app.mail("bob@example.com", "You have an account already").await;
    let code = app.mailed_code("ada@example.org", "Your code is").await;
    let confirm = json!({ "new_email": "ada@example.org", "code": code });
    let path = "/api/v1/auth/change-email/confirm";
    app.post(path, Some(&bob), confirm.clone()).await.expect_error(422, "CODE_INVALID");
    app.post("/api/v1/auth/change-email", Some(&ada), ask("ada@example.org")).await.expect(202);
    assert_eq!(app.database.settled().await, 0);
    let code = app.mailed_code("ada@example.org", "Your code is").await;
    let confirm = json!({ "new_email": "ada@example.org", "code": code });
    let moved = app.post(path, Some(&ada), confirm).await.expect(200);
    assert_eq!((moved.text("/email").as_str(), &moved.body["email_verified"]), ("ada@example.org", &json!(true)));
    app.mail("ada@example.com", "Your account has a new address").await;
    app.post("/api/v1/auth/login", None, credentials("ada@example.com", PASSWORD)).await.expect(401);
    app.post("/api/v1/auth/login", None, credentials("ada@example.org", PASSWORD)).await.expect(200);
}
