//! Clients that were written for an older document still work: nothing they rely on is taken away.

use hos_tests::{Document, breaks};
use rstest::rstest;
use serde_json::{Value, json};

/// The frozen document is extended when a version is released, and never shrinks.
#[test]
fn nothing_that_clients_rely_on_is_taken_away() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi-baseline.json");
    let baseline: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let found = breaks(&baseline, Document::of_this_version().json());
    assert!(
        found.is_empty(),
        "{} changes break clients of docs/openapi-baseline.json. Keep the old shape and serve the new one beside it, \
         below /api/v2:\n  {}",
        found.len(),
        found.join("\n  ")
    );
}

/// A small API with one of everything.
fn document() -> Value {
    json!({
        "paths": { "/things/{id}": {
            "get": {
                "parameters": [
                    { "name": "id", "in": "path", "required": true, "schema": { "type": "string", "format": "uuid" } },
                    { "name": "limit", "in": "query", "schema": { "type": "integer", "maximum": 100 } },
                ],
                "responses": {
                    "200": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } },
                    "304": {}, "404": {},
                },
            },
            "patch": {
                "requestBody": { "content": { "application/json": { "schema": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {
                        "name": { "type": "string", "maxLength": 100 },
                        "color": { "type": "string" },
                        "note": { "type": ["string", "null"] },
                        "kind": { "type": "string", "enum": ["big", "small"] },
                    },
                } } } },
                "responses": { "204": {} },
            },
        } },
        "components": { "schemas": {
            "Thing": { "allOf": [{ "$ref": "#/components/schemas/Named" }, {
                "type": "object",
                "required": ["parts"],
                "properties": {
                    "parts": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } },
                    "within": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Thing" }] },
                    "sizes": { "type": "object", "additionalProperties": { "type": "integer" } },
                    "state": { "oneOf": [{ "type": "string", "const": "new" }, { "type": "string", "const": "old" }] },
                    "kind": { "type": "string", "enum": ["big", "small"] },
                },
            }] },
            "Named": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": { "type": "string" },
                    "made_at": { "type": "string", "format": "date-time" },
                },
            },
        } },
    })
}

const OPERATION: &str = "/paths/~1things~1{id}";
const BODY: &str = "/paths/~1things~1{id}/patch/requestBody/content/application~1json/schema";
const THING: &str = "/components/schemas/Thing/allOf/1";
const NAMED: &str = "/components/schemas/Named";

/// What is found after the value at a place was replaced, or taken away by null.
fn after(place: &str, value: Value) -> Vec<String> {
    let mut changed = document();
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = changed.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {place}"));
    let name = name.replace("~1", "/");
    match (parent, value) {
        (Value::Object(fields), Value::Null) => drop(fields.remove(&name).unwrap_or_else(|| panic!("no {place}"))),
        (Value::Object(fields), value) => drop(fields.insert(name, value)),
        (Value::Array(items), Value::Null) => drop(items.remove(name.parse().unwrap())),
        (Value::Array(items), value) => items.push(value),
        _ => panic!("nothing can be changed at {place}"),
    }
    breaks(&document(), &changed)
}

#[rstest]
#[case::a_path(OPERATION, "", json!(null), "GET /things/{id} is gone")]
#[case::a_method(OPERATION, "/patch", json!(null), "PATCH /things/{id} is gone")]
#[case::a_success(OPERATION, "/get/responses/200", json!(null), "GET /things/{id} 200 is no longer answered")]
#[case::not_modified(OPERATION, "/get/responses/304", json!(null), "GET /things/{id} 304 is no longer answered")]
#[case::a_media_type(OPERATION, "/get/responses/200/content/application~1json", json!(null), "200 is no longer application/json")]
#[case::a_parameter(OPERATION, "/get/parameters/1", json!(null), "query parameter limit is no longer taken")]
#[case::a_demanded_parameter(OPERATION, "/get/parameters/9", json!({ "name": "at", "in": "query", "required": true }), "query parameter at is required now")]
#[case::a_stricter_parameter(OPERATION, "/get/parameters/1/required", json!(true), "query parameter limit is required now")]
#[case::a_smaller_limit(OPERATION, "/get/parameters/1/schema/maximum", json!(50), "had the maximum 100 and has 50")]
#[case::a_type_of_a_parameter(OPERATION, "/get/parameters/0/schema/format", json!("int64"), "was uuid and is int64")]
#[case::a_token(OPERATION, "/get/security", json!([{ "bearer": [] }]), "GET /things/{id} asks for a token now")]
#[case::a_demanded_body(OPERATION, "/patch/requestBody/required", json!(true), "body is required now")]
#[case::a_body(OPERATION, "/patch/requestBody", json!(null), "body is no longer application/json")]
#[case::a_taken_field(BODY, "/properties/color", json!(null), "body.color is no longer taken")]
#[case::a_demanded_field(BODY, "/required", json!(["name", "color"]), "body.color is required now")]
#[case::a_shorter_field(BODY, "/properties/name/maxLength", json!(99), "body.name had the maxLength 100 and has 99")]
#[case::no_more_null(BODY, "/properties/note/type", json!("string"), "body.note was null or string and is string")]
#[case::a_taken_value(BODY, "/properties/kind/enum", json!(["big"]), "body.kind no longer knows \"small\"")]
#[case::only_some_values(BODY, "/properties/color/enum", json!(["red"]), "body.color takes only some values now")]
#[case::a_shown_field(THING, "/properties/kind", json!(null), "200.kind is gone")]
#[case::a_shown_value(THING, "/properties/kind/enum", json!(["big", "huge"]), "200.kind no longer knows \"small\"")]
#[case::a_field_from_elsewhere(NAMED, "/properties/made_at", json!(null), "200.made_at is gone")]
#[case::a_sure_field(NAMED, "/required", json!([]), "200.name may be missing now")]
#[case::an_other_type(NAMED, "/properties/name/type", json!("integer"), "200.name was string and is integer")]
#[case::null_at_times(NAMED, "/properties/name/type", json!(["string", "null"]), "200.name was string and is null or string")]
#[case::any_type(NAMED, "/properties/name", json!({}), "200.name was string and is anything")]
#[case::an_other_format(NAMED, "/properties/made_at/format", json!("date"), "200.made_at was date-time and is date")]
#[case::of_a_map(THING, "/properties/sizes/additionalProperties", json!({ "type": "string" }), "200.sizes.* was integer and is string")]
#[case::of_a_list(THING, "/properties/parts/items", json!({ "type": "string" }), "200.parts[] was object and is string")]
#[case::a_variant(THING, "/properties/state/oneOf/1", json!(null), "200.state no longer has its variant 2")]
fn each_kind_of_break_is_found(#[case] place: &str, #[case] of: &str, #[case] value: Value, #[case] expected: &str) {
    let found = after(&format!("{place}{of}"), value);
    assert!(found.iter().any(|line| line.ends_with(expected)), "{expected:?} is not in {found:#?}");
}

#[rstest]
#[case::a_path(OPERATION, "~1more", json!({ "get": { "responses": { "200": {} } } }))]
#[case::a_method(OPERATION, "/delete", json!({ "responses": { "204": {} } }))]
#[case::a_parameter(OPERATION, "/get/parameters/9", json!({ "name": "q", "in": "query" }))]
#[case::another_answer(OPERATION, "/get/responses/206", json!({}))]
#[case::an_error_less(OPERATION, "/get/responses/404", json!(null))]
#[case::a_larger_limit(OPERATION, "/get/parameters/1/schema/maximum", json!(500))]
#[case::a_limit_that_is_written_down(OPERATION, "/get/parameters/1/schema/minimum", json!(1))]
#[case::a_field_that_may_be_sent(BODY, "/properties/size", json!({ "type": "integer" }))]
#[case::a_field_less_demanded(BODY, "/required", json!([]))]
#[case::null_is_taken(BODY, "/properties/color/type", json!(["string", "null"]))]
#[case::another_value(BODY, "/properties/kind/enum", json!(["big", "small", "huge"]))]
#[case::a_field_that_is_shown(NAMED, "/properties/size", json!({ "type": "integer" }))]
#[case::a_field_that_is_always_shown(NAMED, "/required", json!(["name", "made_at"]))]
#[case::a_mark(OPERATION, "/get/deprecated", json!(true))]
fn additions_break_nothing(#[case] place: &str, #[case] of: &str, #[case] value: Value) {
    assert_eq!(after(&format!("{place}{of}"), value), Vec::<String>::new());
}

#[test]
fn a_document_keeps_its_own_promises_even_if_it_holds_itself() {
    assert_eq!(breaks(&document(), &document()), Vec::<String>::new());
    let today = Document::of_this_version();
    assert_eq!(breaks(today.json(), today.json()), Vec::<String>::new());
}
