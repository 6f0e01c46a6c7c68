//! The document is honest: it holds every route and nothing else, and every promise in it can be kept.

use std::collections::BTreeSet;

use hos_sql::Engine;
use hos_tests::{Document, TestApp};
use reqwest::Method;
use serde_json::Value;

#[test]
fn every_reference_resolves() {
    fn walk(value: &Value, document: &Value) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    assert!(document.pointer(&reference[1..]).is_some(), "{reference} leads nowhere");
                }
                fields.values().for_each(|value| walk(value, document));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, document)),
            _ => {}
        }
    }
    let document = Document::of_this_version();
    walk(document.json(), document.json());
}

#[test]
fn operation_ids_are_unique_and_every_operation_has_a_tag_a_summary_and_answers() {
    let document = Document::of_this_version();
    let mut ids = BTreeSet::new();
    for (method, path, operation) in document.operations() {
        let id = operation["operationId"].as_str().unwrap();
        assert!(ids.insert(id.to_owned()), "{id} stands for two operations");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{method} {path} has one tag");
        assert!(operation["summary"].as_str().is_some_and(|words| !words.is_empty()), "{method} {path} has no summary");
        let responses = operation["responses"].as_object().unwrap();
        // What only leads elsewhere succeeds by a redirect.
        let succeeds = responses.keys().any(|status| status.starts_with(['2', '3']));
        assert!(succeeds, "{method} {path} never succeeds");
    }
}

/// A path with an id in every place.
fn with_ids(template: &str) -> String {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let parts = template.split('/').map(|part| if part.starts_with('{') { id } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A route asks for a token exactly when its document says so; the extractor and the annotation are written apart. Where
/// a token is optional the document names an empty requirement beside it.
#[tokio::test]
async fn security_in_the_document_matches_the_extractor() {
    let app = TestApp::start(Engine::Sqlite).await;
    for (method, path, operation) in Document::of_this_version().operations() {
        let path = with_ids(&path);
        let method: Method = method.parse().unwrap();
        let reply = app.send(method.clone(), &path, None, |request| request).await;
        let asks = reply.status == 401 && reply.header("www-authenticate") == "Bearer";
        let requirements = operation["security"].as_array();
        let demands = requirements.is_some_and(|all| all.iter().all(|one| !one.as_object().unwrap().is_empty()));
        assert_eq!(asks, demands, "{method} {path}: {:#}", reply.body);
        assert_ne!(reply.status, 405, "{method} {path} is in the document and not served");
    }
}

#[tokio::test]
async fn the_served_document_and_its_page_are_there() {
    let app = TestApp::start(Engine::Sqlite).await;
    let served = app.get("/api/v1/openapi.json", None).await.expect(200);
    assert_eq!(&served.body, Document::of_this_version().json());
    assert_eq!(served.body["openapi"], "3.1.0");
    let page = app.get("/api/v1/docs/", None).await.expect(200);
    assert!(page.body.as_str().unwrap().contains("swagger-ui"));
    assert!(!page.header("content-security-policy").contains("http"), "the page loads nothing from elsewhere");
}

/// The committed document is what clients are generated from.
#[test]
fn the_committed_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let current = format!("{}\n", hos_app::document().to_pretty_json().unwrap());
    assert!(committed == current, "docs/openapi.json is stale; run: cargo run -- openapi > docs/openapi.json");
}

/// The document keeps one schema for a name: of two types with the same, one would be described as the other.
#[test]
fn no_two_bodies_share_a_name() {
    let mut seen = BTreeSet::new();
    for file in rust_files(concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/app/src").as_ref()) {
        let source = std::fs::read_to_string(&file).unwrap();
        for after in source.split("ToSchema)]").skip(1) {
            let declared = after.split_once("struct ").into_iter().chain(after.split_once("enum "));
            let (_, rest) = declared.min_by_key(|(before, _)| before.len()).unwrap();
            let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned();
            assert!(seen.insert(name.clone()), "{name} in {} is the name of another body too", file.display());
        }
    }
    assert!(seen.contains("UserBody") && seen.contains("ErrorBody"), "{seen:?}");
}

fn rust_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}
