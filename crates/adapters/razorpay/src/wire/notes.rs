//! Our own notes on an object.

use std::collections::BTreeMap;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Our own notes on an object. An object without any comes with `[]` in place of `{}`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes(BTreeMap<String, String>);

impl Notes {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for Notes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NotesVisitor)
    }
}

struct NotesVisitor;

impl<'de> Visitor<'de> for NotesVisitor {
    type Value = Notes;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("notes")
    }

    fn visit_unit<E>(self) -> Result<Notes, E> {
        Ok(Notes::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Notes, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Notes::default())
    }

    /// Somebody may have written a number there by hand; it is not one of ours then.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Notes, A::Error> {
        let mut notes = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, serde_json::Value>()? {
            if let serde_json::Value::String(value) = value {
                notes.insert(name, value);
            }
        }
        Ok(Notes(notes))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("[]", None)]
    #[case("null", None)]
    #[case("{}", None)]
    #[case(r#"{"user_id":"u_1","count":7,"more":null}"#, Some("u_1"))]
    #[case(r#"{"user_id":7}"#, None)]
    fn notes_are_read_in_every_shape(#[case] json: &str, #[case] user: Option<&str>) {
        let notes: Notes = serde_json::from_str(json).unwrap();
        assert_eq!(notes.get("user_id"), user);
    }

    #[test]
    fn what_is_neither_is_an_error() {
        assert!(serde_json::from_str::<Notes>("7").is_err());
    }
}
