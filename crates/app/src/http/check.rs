//! Parsing at the door: raw texts become value objects, and every field at fault is named at once.

use hos_domain::kernel::{Detail, Invalid};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

/// A request in its raw form that can become a command.
pub(crate) trait Parse: DeserializeOwned {
    /// What the use case takes.
    type Command;

    /// Whether no body at all stands for an empty object.
    const MAY_BE_MISSING: bool = false;

    /// Parses every field. Answers `None` after at least one was refused, which `check` then knows.
    fn parse(self, check: &mut Check) -> Option<Self::Command>;
}

/// Tells a field that is null from one that is missing: `#[serde(default, deserialize_with = "present")]` on an
/// `Option<Option<T>>`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<T>, D::Error> {
    T::deserialize(field).map(Some)
}

/// Collects the fields at fault.
#[derive(Default)]
pub(crate) struct Check(Vec<Detail>);

impl Check {
    /// Takes a parsed field, or notes why it was refused.
    pub(crate) fn field<T>(&mut self, name: &'static str, parsed: Result<T, Invalid>) -> Option<T> {
        parsed.map_err(|invalid| self.0.push(Detail::new(name, invalid))).ok()
    }

    /// The same for a field that may be missing: outside `None` when it was refused, inside `None` when it is missing.
    pub(crate) fn optional<R, T>(
        &mut self,
        name: &'static str,
        raw: Option<R>,
        parse: impl FnOnce(R) -> Result<T, Invalid>,
    ) -> Option<Option<T>> {
        match raw {
            None => Some(None),
            Some(raw) => self.field(name, parse(raw)).map(Some),
        }
    }

    /// The command if nothing was refused, else every refusal.
    pub(crate) fn finish<T>(self, command: Option<T>) -> Result<T, Vec<Detail>> {
        match command {
            Some(command) if self.0.is_empty() => Ok(command),
            _ => Err(self.0),
        }
    }
}
