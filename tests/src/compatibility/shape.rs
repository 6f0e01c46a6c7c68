//! A schema without its detours: references followed, parts of `allOf` put together, `null` a type among others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{entries, items};

const LIMITS: [&str; 6] = ["maxLength", "minLength", "maximum", "minimum", "maxItems", "minItems"];

/// What a value of a schema may be.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// JSON's types; none means any.
    pub(super) types: BTreeSet<String>,
    pub(super) format: Option<String>,
    pub(super) values_of_enum: Option<BTreeSet<String>>,
    pub(super) limits: BTreeMap<String, f64>,
    pub(super) fields: BTreeMap<String, Value>,
    pub(super) required: BTreeSet<String>,
    /// Of a list.
    pub(super) items: Option<Value>,
    /// Of a map.
    pub(super) values: Option<Value>,
    /// If it may be one of several things.
    pub(super) variants: Vec<Value>,
}

impl Shape {
    /// The shape of a schema in its document.
    pub(super) fn of(document: &Value, schema: &Value) -> Self {
        let mut shape = Self::default();
        shape.add(document, schema);
        shape
    }

    /// The types in words.
    pub(super) fn type_names(&self) -> String {
        let names: Vec<&str> = self.types.iter().map(String::as_str).collect();
        if names.is_empty() { "anything".to_owned() } else { names.join(" or ") }
    }

    fn add(&mut self, document: &Value, schema: &Value) {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
            return self.add(document, target.unwrap_or_else(|| panic!("{reference} leads nowhere")));
        }
        self.add_own(schema);
        items(&schema["allOf"]).for_each(|part| self.add(document, part));
        self.add_variants(document, schema);
    }

    fn add_own(&mut self, schema: &Value) {
        let types = schema["type"].as_str().into_iter().chain(items(&schema["type"]).filter_map(Value::as_str));
        self.types.extend(types.map(str::to_owned));
        self.format = schema["format"].as_str().map(str::to_owned).or(self.format.take());
        let enumerated = schema["enum"].as_array().map(|values| values.iter().map(Value::to_string).collect());
        let single = schema.get("const").map(|value| [value.to_string()].into());
        self.values_of_enum = enumerated.or(single).or(self.values_of_enum.take());
        let limits = LIMITS.into_iter().filter_map(|limit| Some((limit.to_owned(), schema[limit].as_f64()?)));
        self.limits.extend(limits);
        self.fields.extend(entries(&schema["properties"]).map(|(name, field)| (name.clone(), field.clone())));
        self.required.extend(items(&schema["required"]).filter_map(Value::as_str).map(str::to_owned));
        self.items = schema.get("items").cloned().or(self.items.take());
        let values = schema.get("additionalProperties").filter(|values| values.is_object());
        self.values = values.cloned().or(self.values.take());
    }

    /// One variant beside `null` is no variant: that is how a schema says that a field may be null.
    fn add_variants(&mut self, document: &Value, schema: &Value) {
        let all = items(&schema["oneOf"]).chain(items(&schema["anyOf"]));
        let (null, others): (Vec<_>, Vec<_>) = all.partition(|variant| variant["type"] == "null");
        if !null.is_empty() {
            self.types.insert("null".to_owned());
        }
        match others.as_slice() {
            [only] => self.add(document, only),
            several => self.variants.extend(several.iter().map(|variant| (*variant).clone())),
        }
    }
}
