//! Typed identifiers: a `UserId` can't be passed where a `ProjectId` is meant. All are UUIDv7, so they sort by the
//! time they were made and a keyset page needs no other column.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::Invalid;

/// The identifier of one `T`. `T` is only a label and is never stored.
pub struct Id<T> {
    value: Uuid,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// Labels a raw UUID.
    #[must_use]
    pub const fn new(value: Uuid) -> Self {
        Self { value, of: PhantomData }
    }

    /// The raw UUID, for storage and transport.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.value
    }

    /// Parses the hyphenated text form.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `uuid`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Uuid::try_parse(text).map(Self::new).map_err(|_| Invalid::new("uuid", "This is not a UUID."))
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.value, f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::parse(text)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Self::new)
    }
}

/// Where ids and secrets come from. The domain has no randomness of its own, so a test can make both predictable.
pub trait IdSource: Send + Sync {
    /// A fresh UUIDv7. Within one process each is greater than the one before.
    fn uuid(&self) -> Uuid;

    /// 256 bits from the operating system's secure generator, for tokens and keys.
    fn secret(&self) -> [u8; 32];
}

impl dyn IdSource + '_ {
    /// A fresh id, labelled.
    #[must_use]
    pub fn id<T>(&self) -> Id<T> {
        Id::new(self.uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Apple;

    #[test]
    fn an_id_survives_its_text_form() {
        let id: Id<Apple> = Id::new(Uuid::from_u128(7));
        assert_eq!(Id::parse(&id.to_string()), Ok(id));
    }

    #[test]
    fn what_is_no_uuid_is_refused_with_its_constraint() {
        assert_eq!(Id::<Apple>::parse("42").unwrap_err().constraint, "uuid");
    }
}
