//! What a user has agreed to, in which version, and when.

use crate::kernel::{Invalid, Timestamp, single_line};

/// What is agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentPurpose {
    /// The terms of use.
    Terms,
    /// The privacy notice.
    Privacy,
    /// News and offers by mail.
    Marketing,
}

impl ConsentPurpose {
    /// Every purpose.
    pub const ALL: [Self; 3] = [Self::Terms, Self::Privacy, Self::Marketing];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::Privacy => "privacy",
            Self::Marketing => "marketing",
        }
    }

    /// The purpose of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// One thing said about one purpose. Never changed: a later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// What it is about.
    pub purpose: ConsentPurpose,
    /// Of which text; `None` where there is no text with versions.
    pub version: Option<TextVersion>,
    /// Yes or no.
    pub granted: bool,
    /// Since when.
    pub at: Timestamp,
    /// Where it was said, e.g. `register`.
    pub source: &'static str,
}

/// The version of a text that people agree to, e.g. `2026-11`: one line, at most 50 characters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct TextVersion(String);

impl TextVersion {
    /// Checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 50).map(Self)
    }

    /// The version.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
