//! An anonymous account becomes part of the account its user has already, and nothing is lost.

use std::collections::BTreeSet;

use hos_sql::{Engine, MERGE_RULES, MergeRule};
use hos_tests::{Reply, Session, TestApp};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::both_databases;

const MERGE: &str = "/api/v1/auth/merge";
const DEVICES: &str = "/api/v1/notifications/devices";
const PROJECTS: &str = "/api/v1/projects";

async fn begin(app: &TestApp) -> Session {
    Session::of(&app.post("/api/v1/auth/anonymous", None, json!({})).await.expect(201))
}

fn form(guest: &Session) -> Value {
    json!({ "anonymous_access_token": guest.access, "merge": true })
}

async fn names(app: &TestApp, session: &Session) -> BTreeSet<String> {
    let listed = app.get(PROJECTS, Some(session)).await.expect(200);
    let items = listed.body["items"].as_array().unwrap();
    items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}

async fn standing(app: &TestApp, session: &Session) -> Reply {
    app.get("/api/v1/billing/subscription", Some(session)).await.expect(200)
}

#[apply(both_databases)]
async fn who_has_an_account_already_finds_everything_in_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.post(PROJECTS, Some(&ada), json!({ "name": "Hers" })).await.expect(201);
    let guest = begin(&app).await;
    app.post(PROJECTS, Some(&guest), json!({ "name": "The guest's" })).await.expect(201);
    let phone = json!({ "token": "phone-token-1234567890", "platform": "android" });
    app.post("/api/v1/notifications/register-device", Some(&guest), phone).await.expect(201);
    app.buy(&guest, "premium").await;
    assert_eq!(app.database.settled().await, 0);

    let merged = app.post(MERGE, Some(&ada), form(&guest)).await.expect(200);
    assert_eq!(merged.text("/id"), ada.user_id);
    assert_eq!(names(&app, &ada).await, BTreeSet::from(["Hers".to_owned(), "The guest's".to_owned()]));
    assert_eq!(standing(&app, &ada).await.body["subscription"]["has_access"], true);
    let devices = app.get(DEVICES, Some(&ada)).await.expect(200);
    assert_eq!(devices.body["items"].as_array().unwrap().len(), 1);
    app.get(PROJECTS, Some(&guest)).await.expect(401);
    let refresh = json!({ "refresh_token": guest.refresh });
    app.post("/api/v1/auth/refresh", None, refresh).await.expect(401);
}

#[apply(both_databases)]
async fn what_is_paid_after_the_merge_still_finds_its_way(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, guest) = (app.register("ada").await, begin(&app).await);
    let checkout = app.subscribe(&guest, "premium").await;
    app.post(MERGE, Some(&ada), form(&guest)).await.expect(200);
    app.decide(&checkout, "pay").await.expect(200);
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
    let mails = app.outbox().await;
    assert!(mails.iter().any(|item| item["to"] == "ada@example.com"), "she is told: {mails:?}");
}

#[apply(both_databases)]
async fn a_merge_that_is_asked_for_again_changes_nothing(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, guest) = (app.register("ada").await, begin(&app).await);
    app.post(MERGE, Some(&ada), form(&guest)).await.expect(200);
    app.post(MERGE, Some(&ada), form(&guest)).await.expect(200);
    let bob = app.register("bob").await;
    app.post(MERGE, Some(&bob), form(&guest)).await.expect_error(400, "VALIDATION_ERROR");
    let noted = app.database.count("SELECT count(*) FROM audit_log WHERE action = 'account.merged'").await;
    assert_eq!(noted, 1);
}

#[apply(both_databases)]
async fn only_anonymous_accounts_go_and_only_known_ones_stay(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, bob) = (app.register("ada").await, app.register("bob").await);
    let (guest, other) = (begin(&app).await, begin(&app).await);
    app.post(MERGE, Some(&ada), form(&bob)).await.expect_error(409, "NOT_ANONYMOUS");
    app.post(MERGE, Some(&ada), form(&ada)).await.expect_error(409, "NOT_ANONYMOUS");
    app.post(MERGE, Some(&other), form(&guest)).await.expect_error(409, "ANONYMOUS");
    let unsure = json!({ "anonymous_access_token": guest.access, "merge": false });
    app.post(MERGE, Some(&ada), unsure).await.expect_error(400, "VALIDATION_ERROR");
    let made_up = json!({ "anonymous_access_token": "made.up.token", "merge": true });
    app.post(MERGE, Some(&ada), made_up).await.expect_error(400, "VALIDATION_ERROR");
    let organization = json!({ "name": "Iron Hall", "kind": "gym" });
    app.post("/api/v1/organizations", Some(&guest), organization).await.expect_error(403, "ANONYMOUS");
    app.get(PROJECTS, Some(&guest)).await.expect(200);
}

#[apply(both_databases)]
async fn who_logged_in_long_ago_proves_again_who_they_are(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, guest) = (app.register("ada").await, begin(&app).await);
    app.database.age_proofs().await;
    app.post(MERGE, Some(&ada), form(&guest)).await.expect_error(403, "STEP_UP_REQUIRED");
    let proof = json!({ "password": hos_tests::PASSWORD });
    app.post("/api/v1/auth/step-up", Some(&ada), proof).await.expect(204);
    app.post(MERGE, Some(&ada), form(&guest)).await.expect(200);
}

/// Whoever adds a column that names a user has to say what becomes of it.
#[tokio::test]
async fn every_column_that_names_a_user_has_a_rule() {
    let app = TestApp::start(Engine::Sqlite).await;
    let connection = app.database.raw().await;
    let sql = "SELECT m.name AS place, c.name AS field FROM sqlite_master m, pragma_table_info(m.name) c
        LEFT JOIN pragma_foreign_key_list(m.name) f ON f.\"from\" = c.name
        WHERE m.type = 'table' AND (f.\"table\" = 'users' OR c.name IN ('user_id', 'owner_id', 'actor', 'subject', 'merged_into'))
        AND NOT (m.name = 'foreign_identities' AND c.name = 'subject') AND NOT (m.name = 'subject_keys')";
    let rows = connection.query_all_raw(sea_orm::Statement::from_string(connection.get_database_backend(), sql)).await;
    let column = |row: &sea_orm::QueryResult, name| row.try_get::<String>("", name).unwrap();
    let named: BTreeSet<(String, String)> =
        rows.unwrap().iter().map(|row| (column(row, "place"), column(row, "field"))).collect();
    let ruled = MERGE_RULES.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned()));
    assert_eq!(named, ruled.collect());
    assert!(MERGE_RULES.iter().any(|(.., rule)| *rule == MergeRule::Refused));
}
