//! What a change of the document takes away from clients that were written for an older one. Additions take nothing away.

mod shape;

use std::collections::BTreeSet;

use serde_json::Value;

use self::shape::Shape;

/// Every promise of `baseline` that `current` does not keep, a line each.
pub fn breaks(baseline: &Value, current: &Value) -> Vec<String> {
    let mut comparison = Comparison { baseline, current, found: Vec::new(), seen: BTreeSet::new() };
    for (path, item) in entries(&baseline["paths"]) {
        for (method, operation) in entries(item) {
            let place = format!("{} {path}", method.to_uppercase());
            match &current["paths"][path][method] {
                Value::Null => comparison.note(&place, "is gone"),
                now => comparison.operation(&place, operation, now),
            }
        }
    }
    comparison.found
}

/// Who writes a value decides what may change: a client must still be understood, and must still understand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Request,
    Response,
}

struct Comparison<'a> {
    baseline: &'a Value,
    current: &'a Value,
    found: Vec<String>,
    /// What is being compared: some schemas hold themselves.
    seen: BTreeSet<(String, String)>,
}

impl Comparison<'_> {
    fn note(&mut self, place: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{place} {what}"));
    }

    fn operation(&mut self, place: &str, was: &Value, now: &Value) {
        if demands_token(now) && !demands_token(was) {
            self.note(place, "asks for a token now");
        }
        self.parameters(place, was, now);
        self.request_body(place, &was["requestBody"], &now["requestBody"]);
        for (status, response) in entries(&was["responses"]).filter(|(status, _)| status.starts_with(['2', '3'])) {
            let place = format!("{place} {status}");
            match &now["responses"][status] {
                Value::Null => self.note(&place, "is no longer answered"),
                now => self.contents(&place, &response["content"], &now["content"], Side::Response),
            }
        }
    }

    fn parameters(&mut self, place: &str, was: &Value, now: &Value) {
        let same = |one: &Value, other: &Value| one["in"] == other["in"] && one["name"] == other["name"];
        for parameter in items(&now["parameters"]) {
            let before = items(&was["parameters"]).find(|before| same(before, parameter));
            if parameter["required"] == true && before.is_none_or(|before| before["required"] != true) {
                self.note(&format!("{place} {}", named(parameter)), "is required now");
            }
        }
        for parameter in items(&was["parameters"]) {
            let place = format!("{place} {}", named(parameter));
            match items(&now["parameters"]).find(|now| same(now, parameter)) {
                None => self.note(&place, "is no longer taken"),
                Some(now) => self.schema(&place, &parameter["schema"], &now["schema"], Side::Request),
            }
        }
    }

    fn request_body(&mut self, place: &str, was: &Value, now: &Value) {
        let place = format!("{place} body");
        if now["required"] == true && was["required"] != true {
            self.note(&place, "is required now");
        }
        if was.is_object() {
            self.contents(&place, &was["content"], &now["content"], Side::Request);
        }
    }

    fn contents(&mut self, place: &str, was: &Value, now: &Value, side: Side) {
        for (media_type, content) in entries(was) {
            match &now[media_type] {
                Value::Null => self.note(place, format_args!("is no longer {media_type}")),
                now => self.schema(place, &content["schema"], &now["schema"], side),
            }
        }
    }

    fn schema(&mut self, place: &str, was: &Value, now: &Value, side: Side) {
        let texts = (was.to_string(), now.to_string());
        if !self.seen.insert(texts.clone()) {
            return;
        }
        let whole = std::slice::from_ref(now);
        let (was, now) = (Shape::of(self.baseline, was), Shape::of(self.current, now));
        self.types(place, &was, &now, side);
        self.limits(place, &was, &now, side);
        self.fields(place, &was, &now, side);
        for (part, was, now) in [("[]", &was.items, &now.items), (".*", &was.values, &now.values)] {
            if let (Some(was), Some(now)) = (was, now) {
                self.schema(&format!("{place}{part}"), was, now, side);
            }
        }
        let choices = if now.variants.is_empty() { whole } else { &now.variants };
        for (number, variant) in was.variants.iter().enumerate() {
            if !choices.iter().any(|now| self.is_kept(variant, now, side)) {
                self.note(place, format_args!("no longer has its variant {}", number + 1));
            }
        }
        self.seen.remove(&texts);
    }

    fn is_kept(&self, was: &Value, now: &Value, side: Side) -> bool {
        let (baseline, current) = (self.baseline, self.current);
        let mut inner = Comparison { baseline, current, found: Vec::new(), seen: self.seen.clone() };
        inner.schema("", was, now, side);
        inner.found.is_empty()
    }

    fn types(&mut self, place: &str, was: &Shape, now: &Shape, side: Side) {
        // A client sends what it sent before, and reads no more than it read before.
        let (narrow, wide) = if side == Side::Request { (was, now) } else { (now, was) };
        let is_free = |shape: &Shape| shape.types.is_empty();
        if (is_free(narrow) && !is_free(wide)) || (!is_free(wide) && !narrow.types.is_subset(&wide.types)) {
            self.note(place, format_args!("was {} and is {}", was.type_names(), now.type_names()));
        }
        // A format that was not written down before is no news, and one that is no longer promised is.
        if was.format.is_some() && was.format != now.format {
            let name = |format: &Option<String>| format.clone().unwrap_or_else(|| "anything".to_owned());
            self.note(place, format_args!("was {} and is {}", name(&was.format), name(&now.format)));
        }
        let gone: Vec<&String> = match &now.values_of_enum {
            Some(now) => was.values_of_enum.iter().flatten().filter(|value| !now.contains(*value)).collect(),
            None => Vec::new(),
        };
        for value in gone {
            self.note(place, format_args!("no longer knows {value}"));
        }
        if side == Side::Request && was.values_of_enum.is_none() && now.values_of_enum.is_some() {
            self.note(place, "takes only some values now");
        }
    }

    fn limits(&mut self, place: &str, was: &Shape, now: &Shape, side: Side) {
        // What was always refused may be written down later; what was promised may not shrink.
        for (limit, was) in was.limits.iter().filter(|_| side == Side::Request) {
            let shrinks = |now: &f64| if limit.starts_with("max") { now < was } else { now > was };
            if let Some(now) = now.limits.get(limit).filter(|now| shrinks(now)) {
                self.note(place, format_args!("had the {limit} {was} and has {now}"));
            }
        }
    }

    fn fields(&mut self, place: &str, was: &Shape, now: &Shape, side: Side) {
        for (name, schema) in &was.fields {
            let place = format!("{place}.{name}");
            match now.fields.get(name) {
                None if side == Side::Request => self.note(&place, "is no longer taken"),
                None => self.note(&place, "is gone"),
                Some(now) => self.schema(&place, schema, now, side),
            }
        }
        let (less, more) = if side == Side::Request { (was, now) } else { (now, was) };
        for name in more.required.difference(&less.required) {
            let place = format!("{place}.{name}");
            match side {
                Side::Request => self.note(&place, "is required now"),
                Side::Response if now.fields.contains_key(name) => self.note(&place, "may be missing now"),
                Side::Response => {}
            }
        }
    }
}

fn named(parameter: &Value) -> String {
    format!("{} parameter {}", parameter["in"].as_str().unwrap(), parameter["name"].as_str().unwrap())
}

/// Whether there is no way in without a token.
fn demands_token(operation: &Value) -> bool {
    let mut ways = items(&operation["security"]).peekable();
    ways.peek().is_some() && ways.all(|way| way.as_object().is_some_and(|way| !way.is_empty()))
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
