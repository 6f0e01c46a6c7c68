//! A stranger's visit to one operation, and what its owner sees before and after.

use std::collections::BTreeMap;

use hos_tests::{Document, Reply, Session, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::rows::{Reach, Row};
use super::things::Things;

/// One request that names a user's things.
#[derive(Debug)]
pub(super) struct Visit {
    method: Method,
    path: String,
    body: Option<Value>,
    key: Option<String>,
    takes_token: bool,
}

impl Visit {
    /// A request as the table has it. Without a row it names the user where nobody is to be named: in the query, and in a
    /// field that the body does not have.
    pub(super) fn new(method: &str, path: &str, operation: &Value, row: Option<&Row>, owner: &Things) -> Self {
        let user = owner.text("user");
        let json_body = operation["requestBody"]["content"]["application/json"].is_object();
        let (path, body) = match row {
            Some(row) => (filled_path(path, row, owner), (!row.body.is_empty()).then(|| owner.fill(row.body))),
            None => {
                let body = json!({ "user_id": user, "id": user, "owner": owner.text("email") });
                (format!("{path}?user_id={user}&id={user}"), json_body.then(|| body.to_string()))
            }
        };
        Self {
            method: method.parse().unwrap(),
            path,
            body: body.map(|body| serde_json::from_str(&body).unwrap()),
            key: row.filter(|row| row.repeated).map(|_| owner.text("idempotency key").to_owned()),
            takes_token: operation["security"].as_array().is_some_and(|all| !all.is_empty()),
        }
    }

    /// A reading request as its document has it, that names nobody.
    pub(super) fn plain(path: &str, operation: &Value) -> Self {
        let takes_token = operation["security"].as_array().is_some_and(|all| !all.is_empty());
        Self { method: Method::GET, path: path.to_owned(), body: None, key: None, takes_token }
    }

    /// Sends it as `session`.
    pub(super) async fn make(&self, app: &TestApp, session: &Session) -> Reply {
        let (body, key) = (self.body.clone(), self.key.clone());
        let prepare = |request: reqwest::RequestBuilder| {
            let request = key.iter().fold(request, |request, key| request.header("idempotency-key", key));
            body.iter().fold(request, |request, body| request.json(body))
        };
        app.send(self.method.clone(), &self.path, Some(session), prepare).await
    }

    /// Panics when it came out otherwise than the table says.
    pub(super) fn judge(&self, reply: &Reply, row: Option<&Row>) {
        let (place, status) = (format!("{} {}: {:#}", self.method, self.path, reply.body), reply.status);
        match row.map(|row| &row.reach) {
            Some(Reach::Refused { stranger: expected, .. } | Reach::Own { status: expected }) => {
                assert_eq!(status, *expected, "{place}");
            }
            Some(Reach::Open(_)) => {}
            // A refusal for want of a session would prove nothing.
            None if self.takes_token => assert_ne!(status, 401, "{place}"),
            None => {}
        }
        assert!(status < 500, "{place}");
        if row.is_none() && self.body.is_some() {
            assert!((400..500).contains(&status), "{place} takes a field that its document does not have");
        }
    }
}

fn filled_path(path: &str, row: &Row, owner: &Things) -> String {
    let filled = row.of.iter().fold(path.to_owned(), |path, thing| {
        let (start, rest) =
            path.split_once('{').unwrap_or_else(|| panic!("{path} takes fewer things than its row has"));
        format!("{start}{}{}", owner.text(thing), rest.split_once('}').unwrap().1)
    });
    assert!(!filled.contains('{'), "{} takes more things than its row has", row.operation);
    if row.query.is_empty() { filled } else { format!("{filled}?{}", owner.fill(row.query)) }
}

/// All that a user can see of their own.
#[derive(Debug, PartialEq)]
pub(super) struct Snapshot(BTreeMap<String, Value>);

impl Snapshot {
    /// Reads everything that the user can read.
    pub(super) async fn of(app: &TestApp, document: &Document, rows: &[Row], owner: &Things) -> Self {
        let mut seen = BTreeMap::new();
        for (method, path, operation) in document.operations() {
            let row = rows.iter().find(|row| row.operation == format!("{method} {path}"));
            if method == "GET" && operation["security"].is_array() && !path.contains("/admin/") {
                let path = row.map_or(path.clone(), |row| filled_path(&path, row, owner));
                seen.insert(path.clone(), Self::read(app, &path, owner).await);
            }
        }
        let deleted = "/api/v1/projects?deleted=true";
        seen.insert(deleted.to_owned(), Self::read(app, deleted, owner).await);
        Self(seen)
    }

    async fn read(app: &TestApp, path: &str, owner: &Things) -> Value {
        let reply = app.get(path, Some(&owner.session)).await;
        assert_ne!(reply.status, 401, "the owner's session has ended: {path}");
        let mut body = reply.body;
        mask(&mut body);
        json!([reply.status, body])
    }

    /// Whether each thing that a list shows is there to be compared.
    pub(super) fn speaks_of_all(&self, owner: &Things) -> bool {
        let text = json!(self.0).to_string();
        owner.private().all(|(_, value)| text.contains(value))
    }
}

/// Takes away what differs between two looks at the same: signatures, instants and tokens.
fn mask(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !["timestamp", "request_id", "expires_at", "issued_at"].contains(&name.as_str()));
            if fields.get("token").is_some_and(|token| token.as_str().is_some_and(|text| text.contains('.'))) {
                fields.remove("token");
            }
            fields.values_mut().for_each(mask);
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) => {
            if let Some((url, _)) = text.split_once("?expires=") {
                *text = url.to_owned();
            }
        }
        _ => {}
    }
}
