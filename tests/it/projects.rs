//! `/projects`, the worked example.

use hos_sql::Engine;
use hos_tests::{Session, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

async fn create(app: &TestApp, session: &Session, name: &str) -> String {
    app.post("/api/v1/projects", Some(session), json!({ "name": name })).await.expect(201).text("/id")
}

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}

#[apply(both_databases)]
async fn a_project_is_made_read_changed_deleted_and_restored(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let body = json!({ "name": " Spring block ", "description": "Chest first." });
    let made = app.post("/api/v1/projects", Some(&ada), body).await.expect(201);
    assert_eq!((made.text("/name"), made.text("/description")), ("Spring block".into(), "Chest first.".into()));
    let path = format!("/api/v1/projects/{}", made.text("/id"));
    assert_eq!(app.get(&path, Some(&ada)).await.expect(200).body, made.body);

    let renamed = app.patch(&path, Some(&ada), json!({ "name": "Autumn block" })).await.expect(200);
    assert_eq!((renamed.text("/name"), renamed.text("/description")), ("Autumn block".into(), "Chest first.".into()));
    let emptied = app.patch(&path, Some(&ada), json!({ "description": null })).await.expect(200);
    assert_eq!(emptied.body["description"], Value::Null);

    app.delete(&path, Some(&ada)).await.expect(204);
    app.get(&path, Some(&ada)).await.expect_error(404, "NOT_FOUND");
    app.delete(&path, Some(&ada)).await.expect_error(404, "NOT_FOUND");
    let deleted = app.get("/api/v1/projects?deleted=true", Some(&ada)).await.expect(200);
    assert_eq!(names(&deleted.body), ["Autumn block"]);
    app.post(&format!("{path}/restore"), Some(&ada), json!(null)).await.expect(200);
    app.get(&path, Some(&ada)).await.expect(200);
}

#[apply(both_databases)]
async fn nobody_sees_that_anothers_project_exists(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (ada, eve) = (app.register("ada").await, app.register("eve").await);
    let path = format!("/api/v1/projects/{}", create(&app, &ada, "Hers").await);
    app.get(&path, Some(&eve)).await.expect_error(404, "NOT_FOUND");
    app.patch(&path, Some(&eve), json!({ "name": "Mine" })).await.expect_error(404, "NOT_FOUND");
    app.delete(&path, Some(&eve)).await.expect_error(404, "NOT_FOUND");
    app.post(&format!("{path}/restore"), Some(&eve), json!(null)).await.expect_error(404, "NOT_FOUND");
    assert!(names(&app.get("/api/v1/projects", Some(&eve)).await.expect(200).body).is_empty());
}

#[apply(both_databases)]
async fn cursors_and_numbers_both_show_every_project_once_newest_first(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    for n in 0..7 {
        create(&app, &ada, &format!("P{n}")).await;
    }
    let expected = ["P6", "P5", "P4", "P3", "P2", "P1", "P0"];

    let (mut seen, mut path) = (Vec::new(), "/api/v1/projects?limit=3".to_owned());
    loop {
        let page = app.get(&path, Some(&ada)).await.expect(200);
        seen.extend(names(&page.body).into_iter().map(str::to_owned));
        let Some(cursor) = page.body["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/projects?limit=3&cursor={cursor}");
    }
    assert_eq!(seen, expected);

    let mut numbered = Vec::new();
    for number in 1..=3 {
        let page = app.get(&format!("/api/v1/projects?limit=3&page={number}"), Some(&ada)).await.expect(200);
        assert_eq!((&page.body["page"], &page.body["total"]), (&json!(number), &json!(7)));
        numbered.extend(names(&page.body).into_iter().map(str::to_owned));
    }
    assert_eq!(numbered, expected);
}

#[apply(both_databases)]
async fn a_search_finds_a_part_of_the_name_literally_and_in_either_case(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    for name in ["Bench 100%", "bench press", "ÜBUNG", "under_score", "back\\slash"] {
        create(&app, &ada, name).await;
    }
    for (query, found) in [
        ("BENCH", vec!["bench press", "Bench 100%"]),
        ("%25", vec!["Bench 100%"]),
        ("_", vec!["under_score"]),
        ("%5C", vec!["back\\slash"]),
        ("%C3%BCbung", vec!["ÜBUNG"]),
        ("nothing", vec![]),
    ] {
        let reply = app.get(&format!("/api/v1/projects?q={query}"), Some(&ada)).await.expect(200);
        assert_eq!(names(&reply.body), found, "{query}");
    }
}

#[apply(both_databases)]
async fn a_key_makes_one_project_however_often_it_is_sent(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let send = |name: &'static str| app.post_once("/api/v1/projects", &ada, "key-1", json!({ "name": name }));
    let replies = futures_util::future::join_all((0..6).map(|_| send("Once"))).await;
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == replies[0].body));
    send("Other").await.expect_error(409, "IDEMPOTENCY_CONFLICT");
    assert_eq!(names(&app.get("/api/v1/projects", Some(&ada)).await.expect(200).body), ["Once"]);
}

#[tokio::test]
async fn a_bad_listing_is_refused_with_the_parameters_name() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    for (query, field, constraint) in [
        ("limit=0", "limit", "range"),
        ("limit=101", "limit", "range"),
        ("limit=many", "limit", "type"),
        ("cursor=tampered", "cursor", "cursor"),
        ("page=0", "page", "range"),
        ("page=1&cursor=AAAAAAAAAAAAAAAAAAAAAA", "page", "exclusive"),
        ("limt=3", "limt", "unknown_field"),
        ("q=", "q", "length"),
    ] {
        let reply =
            app.get(&format!("/api/v1/projects?{query}"), Some(&ada)).await.expect_error(400, "VALIDATION_ERROR");
        assert_eq!(reply.details(), [(field, constraint)], "{query}");
    }
    app.get("/api/v1/projects/42", Some(&ada)).await.expect_error(400, "VALIDATION_ERROR");
}
