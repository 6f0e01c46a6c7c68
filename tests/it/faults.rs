//! Dependencies fail; the answer is clear, nothing is half-written, and all is well when they come back.

use std::time::Duration;

use hos_sql::Engine;
use hos_tests::{Proxy, TestApp, TestAppBuilder};
use serde_json::json;

const PROJECTS: &str = "/api/v1/projects";

/// An application on a fresh PostgreSQL database, behind a wire.
async fn behind_a_wire() -> (TestAppBuilder, Proxy) {
    let builder = TestApp::builder(Engine::Postgres).await;
    let url: reqwest::Url = builder.database().options.url.parse().unwrap();
    let wire = Proxy::to(&format!("{}:{}", url.host_str().unwrap(), url.port().unwrap_or(5432))).await;
    let mut detour = url.clone();
    let (host, port) = wire.address.split_once(':').unwrap();
    detour.set_host(Some(host)).unwrap();
    detour.set_port(Some(port.parse().unwrap())).unwrap();
    (builder.set("DATABASE_URL", detour.as_str()).set("DB_QUERY_TIMEOUT", "2"), wire)
}

async fn until_ready(app: &TestApp) {
    for _ in 0..500 {
        if app.get("/health/ready", None).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the server does not recover");
}

#[tokio::test]
async fn a_server_starts_without_its_database_says_so_and_is_well_when_it_comes() {
    let (builder, wire) = behind_a_wire().await;
    wire.cut();
    let app = builder.start().await;
    app.get("/health/live", None).await.expect(200);
    app.get("/health/ready", None).await.expect(503);
    let form = json!({ "email": "ada@example.com", "password": "correct horse battery", "name": "Ada" });
    let refused = app.post("/api/v1/auth/register", None, form).await.expect_error(503, "SERVICE_UNAVAILABLE");
    assert!(!refused.header("retry-after").is_empty());
    wire.mend();
    until_ready(&app).await;
    app.register("ada").await;
}

#[tokio::test]
async fn a_database_that_goes_away_in_the_middle_costs_503_and_nothing_else() {
    let (builder, wire) = behind_a_wire().await;
    let app = builder.start().await;
    let ada = app.register("ada").await;
    let checkout = app.subscribe(&ada, "premium").await;
    assert_eq!(app.database.settled().await, 0);

    wire.cut();
    app.get("/api/v1/users/me", Some(&ada)).await.expect_error(503, "SERVICE_UNAVAILABLE");
    app.post(PROJECTS, Some(&ada), json!({ "name": "Lost" })).await.expect_error(503, "SERVICE_UNAVAILABLE");
    app.decide(&checkout, "pay").await.expect_error(503, "SERVICE_UNAVAILABLE");
    app.get("/health/live", None).await.expect(200);

    wire.mend();
    until_ready(&app).await;
    assert_eq!(app.get(PROJECTS, Some(&ada)).await.expect(200).body["items"], json!([]));
    app.decide(&checkout, "pay").await.expect(200);
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
}

/// Jobs that were running when the wire was cut run again.
#[tokio::test]
async fn jobs_survive_a_database_that_comes_and_goes() {
    let (builder, wire) = behind_a_wire().await;
    let app = builder.start().await;
    let ada = app.register("ada").await;
    let checkout = app.subscribe(&ada, "premium").await;
    assert_eq!(app.database.settled().await, 0);
    app.decide(&checkout, "pay").await.expect(200);
    for _ in 0..5 {
        wire.cut();
        tokio::time::sleep(Duration::from_millis(30)).await;
        wire.mend();
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    until_ready(&app).await;
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
    let outbox = app.outbox_beyond_codes().await;
    assert_eq!(outbox.len(), 2, "{outbox:#?}");
}

#[tokio::test]
async fn a_full_disk_stops_writing_and_not_reading_and_loses_nothing() {
    let builder = TestApp::builder(Engine::Sqlite).await.set("SQLITE_MAX_MIB", "1");
    let app = builder.start().await;
    let ada = app.register("ada").await;
    let project = |index: usize| json!({ "name": format!("Project {index}"), "description": "x".repeat(1_000) });
    let mut kept = 0;
    let refused = loop {
        let reply = app.post(PROJECTS, Some(&ada), project(kept)).await;
        if reply.status != 201 {
            break reply;
        }
        kept += 1;
        assert!(kept < 1_000, "the file grows beyond its limit");
    };
    refused.expect_error(503, "STORAGE_FULL");
    app.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    let (database, data) = (app.database.clone(), app.data.clone());
    app.stop().await;

    let app = TestApp::builder_on(database, data).start().await;
    let ada = app.log_in("ada").await;
    assert_eq!(app.database.count("SELECT count(*) FROM projects").await, i64::try_from(kept).unwrap());
    app.post(PROJECTS, Some(&ada), project(kept)).await.expect(201);
}
