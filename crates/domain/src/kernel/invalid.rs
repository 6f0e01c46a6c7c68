//! Why a raw value could not become a value object. Every newtype's `parse` answers with this one type, so that the
//! door (an HTTP body, a CLI argument, a job payload) can report all bad fields in one form.

use std::borrow::Cow;

/// A value that breaks the rule of its type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The broken rule as a machine reads it: `email`, `length`, `range`, `one_of` …
    pub constraint: &'static str,
    /// The same for a person, a full sentence without the field's name and without the offending value.
    pub message: Cow<'static, str>,
}

impl Invalid {
    /// Names the broken rule and says it in words.
    pub fn new(constraint: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { constraint, message: message.into() }
    }
}
