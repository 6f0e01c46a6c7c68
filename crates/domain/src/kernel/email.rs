//! An e-mail address as the key of an account.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use super::Invalid;

/// How the address of an account without one ends.
const PLACEHOLDER: &str = "@anonymous.invalid";

/// An address with one `@`, at most 254 bytes, kept in NFC and lower case: mailboxes that differ only by case belong to
/// one person in practice, and two accounts for one mailbox would let one take over the other's mail.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// Normalises and checks the shape. Whether mail arrives there only a message can tell.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `email`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let address: String = text.trim().nfc().flat_map(char::to_lowercase).collect();
        let refused = || Invalid::new("email", "This is not an e-mail address.");
        let (local, domain) = address.rsplit_once('@').ok_or_else(refused)?;
        let local_is_sane = !local.is_empty() && local.len() <= 64 && !local.contains(['@', '"', '<', '>', ',', ';']);
        let domain_is_sane = domain.contains('.') && domain.split('.').all(label_is_sane);
        let printable = !address.chars().any(|c| c.is_whitespace() || c.is_control() || is_invisible(c));
        if address.len() <= 254 && local_is_sane && domain_is_sane && printable {
            Ok(Self(address))
        } else {
            Err(refused())
        }
    }

    /// The same for an address that somebody gives: one that we have made up for somebody without one is nobody's to give.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `email`.
    pub fn given(text: &str) -> Result<Self, Invalid> {
        let refused = || Invalid::new("email", "This is not an e-mail address.");
        Self::parse(text).and_then(|email| if email.is_placeholder() { Err(refused()) } else { Ok(email) })
    }

    /// Stands where an account has no address yet. No mail can ever arrive there (RFC 2606).
    #[must_use]
    pub fn placeholder(account: uuid::Uuid) -> Self {
        Self(format!("{account}{PLACEHOLDER}"))
    }

    /// Whether this stands where there is no address.
    #[must_use]
    pub fn is_placeholder(&self) -> bool {
        self.0.ends_with(PLACEHOLDER)
    }

    /// The normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn label_is_sane(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
}

/// Format characters (zero-width joiners, direction marks) make two addresses look the same.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{ad}')
}

impl TryFrom<String> for Email {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    /// Personal data stays out of logs: only the domain is shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        write!(f, "…@{domain}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("ada@example.com", "ada@example.com")]
    #[case::case_and_spaces(" Ada.L+gym@Example.COM ", "ada.l+gym@example.com")]
    #[case::international("josé@müsli.example", "josé@müsli.example")]
    fn an_address_is_kept_in_one_form(#[case] given: &str, #[case] kept: &str) {
        assert_eq!(Email::parse(given).unwrap().as_str(), kept);
    }

    #[rstest]
    #[case("")]
    #[case("ada")]
    #[case("@example.com")]
    #[case("ada@localhost")]
    #[case("ada@-x.com")]
    #[case("a da@example.com")]
    #[case("a@b@example.com")]
    #[case("ada@example..com")]
    #[case("ada\u{200b}@example.com")]
    #[case("ada@example.com\r\nBcc: eve@example.com")]
    fn what_is_no_address_is_refused(#[case] given: &str) {
        assert_eq!(Email::parse(given).unwrap_err().constraint, "email");
    }

    #[test]
    fn an_address_that_stands_for_none_is_read_back_and_nobodys_to_give() {
        let made_up = Email::placeholder(uuid::Uuid::from_u128(7));
        assert_eq!(Email::parse(made_up.as_str()).unwrap(), made_up);
        assert!(made_up.is_placeholder() && !Email::parse("ada@example.com").unwrap().is_placeholder());
        assert_eq!(Email::given(made_up.as_str()).unwrap_err().constraint, "email");
        assert!(Email::given("ada@example.com").is_ok());
    }

    #[test]
    fn debug_output_hides_the_person() {
        assert_eq!(format!("{:?}", Email::parse("ada@example.com").unwrap()), "…@example.com");
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,80}") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()).unwrap(), email);
            }
        }
    }
}
