//! Where a person lives in time and language.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// An IANA time zone, e.g. `Europe/Berlin`; `UTC` unless the user says.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// Accepts a name of the IANA database.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `timezone`.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        chrono_tz::Tz::from_str(name)
            .map(Self)
            .map_err(|_| Invalid::new("timezone", "This is not an IANA time zone such as Europe/Berlin."))
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Invalid;

    fn try_from(name: String) -> Result<Self, Invalid> {
        Self::parse(&name)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A language tag in BCP 47's common form, e.g. `en`, `pt-BR`; texts fall back to English where a language is missing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale(String);

impl Locale {
    /// Accepts a language with optional script and region: `de`, `zh-Hant`, `pt-BR`.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `locale`.
    pub fn parse(tag: &str) -> Result<Self, Invalid> {
        let mut parts = tag.split('-');
        let language = parts.next().unwrap_or_default();
        let language_is_sane = (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
        let rest_is_sane =
            parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        if language_is_sane && rest_is_sane && tag.len() <= 35 {
            Ok(Self(tag.to_owned()))
        } else {
            Err(Invalid::new("locale", "This is not a language tag such as en or pt-BR."))
        }
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl TryFrom<String> for Locale {
    type Error = Invalid;

    fn try_from(tag: String) -> Result<Self, Invalid> {
        Self::parse(&tag)
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.0
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Europe/Berlin", true)]
    #[case("UTC", true)]
    #[case("Mars/Olympus", false)]
    fn only_iana_zones_are_accepted(#[case] name: &str, #[case] known: bool) {
        assert_eq!(TimeZone::parse(name).is_ok(), known);
    }

    #[rstest]
    #[case("en", true)]
    #[case("pt-BR", true)]
    #[case("zh-Hant-TW", true)]
    #[case("E", false)]
    #[case("en_US", false)]
    #[case("en-", false)]
    #[case("../etc", false)]
    fn only_language_tags_are_accepted(#[case] tag: &str, #[case] accepted: bool) {
        assert_eq!(Locale::parse(tag).is_ok(), accepted);
    }
}
