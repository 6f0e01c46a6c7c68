//! The OpenAPI document as a judge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jsonschema::Validator;
use serde_json::{Value, json};

/// A document that answers can be held against.
pub struct Document {
    json: Value,
    compiled: Mutex<HashMap<String, Arc<Validator>>>,
}

impl Document {
    /// The document of the version under test.
    pub fn of_this_version() -> Self {
        let json = serde_json::from_str(&hos_app::document().to_json().unwrap()).unwrap();
        Self { json, compiled: Mutex::default() }
    }

    /// The document.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// Every method and path.
    pub fn operations(&self) -> Vec<(String, String, &Value)> {
        let paths = self.json["paths"].as_object().unwrap();
        let methods = |item: &'_ Value| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        paths
            .iter()
            .flat_map(|(path, item)| methods(item).into_iter().map(move |method| (method, path, item)))
            .map(|(method, path, item)| (method.to_uppercase(), path.clone(), &item[&method]))
            .collect()
    }

    /// Panics when an answer is not what the document promises. Paths that it does not know are not judged.
    pub fn judge(&self, method: &str, path: &str, status: u16, content_type: &str, body: &Value) {
        let Some(template) = self.template(path, method) else {
            return;
        };
        let operation = &self.json["paths"][&template][method.to_lowercase()];
        let response = &operation["responses"][status.to_string()];
        assert!(!response.is_null(), "{method} {template} answered {status}, which its document does not know: {body}");
        let Some(contents) = response["content"].as_object() else {
            return;
        };
        let place = format!("{method} {template} {status}");
        let bare = content_type.split(';').next().unwrap();
        let content = contents
            .get(content_type)
            .or_else(|| contents.get(bare))
            .unwrap_or_else(|| panic!("{place} promises no {content_type}"));
        let validator = self.validator(&format!("{place} {content_type}"), &content["schema"]);
        let faults: Vec<String> =
            validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(faults.is_empty(), "{place} does not keep its promise: {faults:?}\n{body:#}");
    }

    fn validator(&self, place: &str, schema: &Value) -> Arc<Validator> {
        let mut compiled = self.compiled.lock().unwrap();
        compiled.entry(place.to_owned()).or_insert_with(|| Arc::new(self.compile(schema))).clone()
    }

    fn compile(&self, schema: &Value) -> Validator {
        let whole = json!({ "components": self.json["components"], "allOf": [schema] });
        jsonschema::draft202012::options().build(&whole).unwrap()
    }

    /// The route that a path belongs to: the one with the most literal segments.
    fn template(&self, path: &str, method: &str) -> Option<String> {
        let path = path.split('?').next().unwrap();
        let fits = |template: &str| {
            let (parts, wanted): (Vec<_>, Vec<_>) = (path.split('/').collect(), template.split('/').collect());
            parts.len() == wanted.len()
                && parts.iter().zip(&wanted).all(|(part, wanted)| wanted.starts_with('{') || part == wanted)
        };
        let paths = self.json["paths"].as_object().unwrap();
        let known = paths.iter().filter(|(template, item)| fits(template) && !item[method.to_lowercase()].is_null());
        known.map(|(template, _)| template.clone()).min_by_key(|template| template.matches('{').count())
    }
}
