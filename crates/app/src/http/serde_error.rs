//! What serde has against a request, in the API's words. The offending value is never repeated: it may be a password
//! in the wrong field.

use std::borrow::Cow;

use hos_domain::kernel::Detail;

/// Names the field and the rule of a refused body or query.
pub(super) fn detail(path: &str, message: &str) -> Detail {
    let parent = if matches!(path, "." | "?") { "" } else { path };
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    if let Some(field) = named("unknown field `") {
        // Here serde's path names the field itself.
        let parent = parent.strip_suffix(field).unwrap_or(parent).trim_end_matches('.');
        return written(join(parent, field), "unknown_field", "There is no such field.");
    }
    if let Some(field) = named("missing field `") {
        return written(join(parent, field), "required", "This field is required.");
    }
    if let Some(field) = named("duplicate field `") {
        return written(join(parent, field), "duplicate", "This field stands here twice.");
    }
    let field = if parent.is_empty() { "body".to_owned() } else { parent.to_owned() };
    match message.split_once("expected ") {
        Some((_, expected)) if message.starts_with("invalid") || message.starts_with("unknown variant") => {
            let expected = expected.split(" at line ").next().unwrap_or(expected);
            written(field, "type", format!("This should be {}.", plain(expected)))
        }
        _ if message.starts_with("invalid") || message.starts_with("provided string") => {
            written(field, "type", "This is not what it should be.")
        }
        _ => written(field, "syntax", "This can't be read."),
    }
}

fn written(field: String, constraint: &'static str, message: impl Into<Cow<'static, str>>) -> Detail {
    Detail { field: Cow::Owned(field), constraint: Cow::Borrowed(constraint), message: message.into() }
}

/// Rust's names of numbers in everybody's words.
fn plain(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        _ => expected,
    }
}

fn join(parent: &str, field: &str) -> String {
    if parent.is_empty() { field.to_owned() } else { format!("{parent}.{field}") }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(".", "unknown field `nme`, expected `name`", "nme", "unknown_field")]
    #[case("nme", "unknown field `nme`, expected `name`", "nme", "unknown_field")]
    #[case("price.curency", "unknown field `curency`", "price.curency", "unknown_field")]
    #[case("price", "missing field `currency`", "price.currency", "required")]
    #[case("days", "invalid type: string \"hunter2\", expected u32 at line 1 column 9", "days", "type")]
    #[case("limit", "invalid digit found in string", "limit", "type")]
    #[case("?", "EOF while parsing an object at line 1 column 1", "body", "syntax")]
    #[case(".", "expected value at line 1 column 1", "body", "syntax")]
    fn serdes_words_become_field_and_rule(
        #[case] path: &str,
        #[case] message: &str,
        #[case] field: &str,
        #[case] constraint: &str,
    ) {
        let detail = detail(path, message);
        assert_eq!((&*detail.field, &*detail.constraint), (field, constraint));
        assert!(!detail.message.contains("hunter2"));
    }

    #[test]
    fn a_wrong_number_is_told_in_everybodys_words() {
        let message = detail("days", "invalid type: floating point `1.5`, expected u32 at line 1 column 9").message;
        assert_eq!(message, "This should be a whole number that is not negative.");
    }
}
