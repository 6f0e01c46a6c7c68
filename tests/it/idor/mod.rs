//! Another user's thing does not exist. Every operation of the document is visited by a stranger who names Ada's things in
//! every place where a request can name one: nothing of hers may be shown, and nothing of hers may change.

mod rows;
mod things;
mod visit;

use std::collections::BTreeSet;

use hos_sql::Engine;
use hos_tests::{Document, TestApp};
use rstest_reuse::apply;
use serde_json::Value;

use self::rows::{Reach, Row, rows};
use self::things::Things;
use self::visit::{Snapshot, Visit};
use crate::both_databases;

/// Whoever adds an operation that names a thing adds a row to `rows.rs`, and if the thing is new, one to `things.rs`.
#[test]
fn every_operation_that_names_a_thing_is_in_the_table() {
    let (document, rows) = (Document::of_this_version(), rows());
    let mut served = BTreeSet::new();
    for (method, path, operation) in document.operations() {
        let place = format!("{method} {path}");
        let row = rows.iter().find(|row| row.operation == place);
        for name in names(&document, operation) {
            let row = row.unwrap_or_else(|| panic!("{place} takes `{name}` and is missing from tests/it/idor/rows.rs"));
            assert!(row.speaks_of(&name), "{place}: the table says nothing of `{name}`");
        }
        served.insert(place);
    }
    for row in &rows {
        assert!(served.contains(row.operation), "{} is in the table and not in the document", row.operation);
    }
}

/// The places where an operation takes the name of a thing: in its path, its query, its headers or its body.
fn names(document: &Document, operation: &Value) -> Vec<String> {
    let mut names = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap();
        if parameter["in"] == "path" || is_name(name, &parameter["schema"]) {
            names.push(name.to_owned());
        }
    }
    for content in operation["requestBody"]["content"].as_object().into_iter().flat_map(|all| all.values()) {
        names_in(document, &content["schema"], &mut names);
    }
    names
}

fn names_in(document: &Document, schema: &Value, names: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return names_in(document, document.json().pointer(&reference[1..]).unwrap(), names);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if is_name(name, field) {
            names.push(name.clone());
        }
        names_in(document, field, names);
    }
    for of in ["oneOf", "anyOf", "allOf"] {
        schema[of].as_array().into_iter().flatten().for_each(|schema| names_in(document, schema, names));
    }
    if schema["items"].is_object() {
        names_in(document, &schema["items"], names);
    }
}

/// Tokens and codes name things too, but whoever has one may use it; those have tests of their own.
fn is_name(name: &str, schema: &Value) -> bool {
    let speaking = ["id", "key", "Idempotency-Key", "subject", "actor", "owner", "user", "member"];
    speaking.contains(&name) || name.ends_with("_id") || name.ends_with("_ids") || schema["format"] == "uuid"
}

#[apply(both_databases)]
async fn a_stranger_sees_and_changes_nothing_of_anybody_else(#[case] engine: Engine) {
    let app = TestApp::builder(engine)
        .await
        .set("PASSKEY_DOMAIN", "localhost")
        .set("PASSKEY_ORIGINS", things::ORIGIN)
        .start()
        .await;
    let ada = Things::of(&app, "owner").await;
    // Whoever has things of the same kinds is not refused for want of them.
    Things::of(&app, "stranger").await;
    let (document, rows) = (Document::of_this_version(), rows());
    let before = Snapshot::of(&app, &document, &rows, &ada).await;
    assert!(before.speaks_of_all(&ada), "the snapshot must show what could leak: {before:#?}");
    for (method, path, operation) in document.operations() {
        let row = rows.iter().find(|row| row.operation == format!("{method} {path}"));
        if matches!(row, Some(Row { reach: Reach::Open(_), .. })) {
            continue;
        }
        let mut visits = vec![Visit::new(&method, &path, operation, row, &ada)];
        if method == "GET" && row.is_none() {
            // A strict query refuses the name before anything is read; a list must be seen to hold nothing of hers.
            visits.push(Visit::plain(&path, operation));
        }
        for visit in visits {
            // A visit may have ended the stranger's own session: that is theirs to do.
            let stranger = app.log_in("stranger").await;
            let reply = visit.make(&app, &stranger).await;
            visit.judge(&reply, row);
            assert_eq!(ada.shown_in(&reply), Vec::<&str>::new(), "{method} {path} shows a stranger what is Ada's");
        }
        if method != "GET" {
            let after = Snapshot::of(&app, &document, &rows, &ada).await;
            assert_eq!(after, before, "{method} {path} let a stranger change what is Ada's");
        }
    }
    the_same_requests_serve_the_owner(&app, &document, &rows, &ada).await;
}

/// A name that leads nowhere at all would be refused to a stranger too, and prove nothing.
async fn the_same_requests_serve_the_owner(app: &TestApp, document: &Document, rows: &[Row], ada: &Things) {
    let mut operations = document.operations();
    // What a deletion takes away is asked for before.
    operations.sort_by_key(|(method, ..)| ["GET", "PATCH", "PUT", "POST", "DELETE"].iter().position(|m| m == method));
    for (method, path, operation) in operations {
        let row = rows.iter().find(|row| row.operation == format!("{method} {path}"));
        if let Some(Row { reach: Reach::Refused { owner, .. }, .. }) = row {
            let reply = Visit::new(&method, &path, operation, row, ada).make(app, &ada.session).await;
            assert_eq!(reply.status, *owner, "{method} {path} as its owner: {:#}", reply.body);
        }
    }
}
