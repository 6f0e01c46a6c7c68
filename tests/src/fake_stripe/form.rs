//! Stripe's forms: `items[0][price]=x` is a tree.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::state::{Refused, invalid};

/// Which parameters each endpoint takes, by API version 2026-10-28.endive.
static PARAMS: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(include_str!("params.json")).unwrap());

/// The tree of a form, all of whose parameters the endpoint takes.
pub(super) fn tree(endpoint: &str, text: &str) -> Result<Value, Refused> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    if let Some(known) = PARAMS.get(endpoint) {
        let named = |list: &str| known[list].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        for (name, _) in &fields {
            let pattern = pattern(name);
            let in_map = named("maps").any(|map| pattern.starts_with(&format!("{map}[")));
            if !in_map && !named("names").any(|known| known == pattern) {
                return Err(invalid("parameter_unknown", &format!("Received unknown parameter: {name}")));
            }
        }
        for required in named("required") {
            let prefix = format!("{required}[");
            if !fields.iter().any(|(name, _)| *name == required || name.starts_with(&prefix)) {
                return Err(invalid("parameter_missing", &format!("Missing required param: {required}.")));
            }
        }
    }
    let mut root = Value::Object(Map::new());
    for (name, value) in fields {
        let mut place = &mut root;
        for part in name.split('[').map(|part| part.trim_end_matches(']')) {
            place = place.as_object_mut().unwrap().entry(part).or_insert_with(|| Value::Object(Map::new()));
        }
        *place = Value::String(value);
    }
    Ok(root)
}

/// The name with `#` for each number.
fn pattern(name: &str) -> String {
    let mut parts = name.split('[');
    let mut pattern = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let inner = part.trim_end_matches(']');
        let number = inner.is_empty() || inner.bytes().all(|byte| byte.is_ascii_digit());
        pattern.push_str(&format!("[{}]", if number { "#" } else { inner }));
    }
    pattern
}

/// A value deep in a tree, as text.
pub(super) fn text<'a>(form: &'a Value, path: &[&str]) -> Option<&'a str> {
    path.iter().try_fold(form, |place, part| place.get(part))?.as_str()
}

/// A value deep in a tree, as a number.
pub(super) fn number(form: &Value, path: &[&str]) -> Result<Option<i64>, Refused> {
    let parse = |text: &str| text.parse().map_err(|_| invalid("parameter_invalid_integer", "Invalid integer"));
    text(form, path).map(parse).transpose()
}
