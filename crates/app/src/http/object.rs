//! JSON objects that are nothing else. Serde reads a struct from a list of its fields' values too, which no document of ours
//! promises and where a value may end up in another field than its sender meant.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A value that was written as an object.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsOf(PhantomData)).map(Self)
    }
}

struct FieldsOf<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldsOf<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Weight {
        value: f64,
    }

    fn read(json: &str) -> Result<f64, String> {
        let mut json = serde_json::Deserializer::from_str(json);
        let read: Result<Object<Weight>, _> = serde_path_to_error::deserialize(&mut json);
        read.map(|weight| weight.0.value).map_err(|error| format!("{}: {}", error.path(), error.inner()))
    }

    #[test]
    fn an_object_is_read_and_a_list_of_its_values_is_not() {
        assert_eq!(read(r#"{"value": 1.5}"#), Ok(1.5));
        assert!(read("[1.5]").unwrap_err().contains("invalid type: sequence, expected an object"));
        assert!(read(r#"{"value": 1.5, "unit": 1}"#).unwrap_err().starts_with("unit: unknown field `unit`"));
        assert!(read(r#"{"value": true}"#).unwrap_err().starts_with("value: invalid type"));
    }
}
