//! The two codes of a device that asks to be let in: a long one for itself, a short one for its user.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::kernel::Invalid;

/// Consonants that nobody takes for each other or for a digit, and that spell no word (RFC 8628, 6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// By which the device itself is known: 256 random bits in hexadecimal.
#[derive(Debug, Clone)]
pub struct DeviceCode(SecretString);

impl DeviceCode {
    /// Writes 256 random bits as a code.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(hex::encode(secret).into())
    }

    /// Takes what a device sent. Anything may come; only its hash is ever looked up.
    #[must_use]
    pub fn from_client(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// The text for the device, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored in its place. A plain hash suffices for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }
}

/// What the device shows and its user types: eight letters, of which there are more than 25 billion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserCode(String);

impl UserCode {
    const LETTERS: usize = 8;

    /// Draws one. Of 128 random bits so little is taken that no code is likelier than another.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let half = secret.first_chunk().copied().unwrap_or_default();
        let mut rest = u128::from_be_bytes(half);
        let mut letter = || {
            let index = usize::try_from(rest % 20).unwrap_or_default();
            rest /= 20;
            ALPHABET.get(index).copied().map_or('B', char::from)
        };
        Self((0..Self::LETTERS).map(|_| letter()).collect())
    }

    /// Reads what was typed: in either case, with spaces and dashes anywhere or nowhere.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `user_code`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let written = text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase());
        let code: String = written.collect();
        if code.len() == Self::LETTERS && code.bytes().all(|letter| ALPHABET.contains(&letter)) {
            Ok(Self(code))
        } else {
            Err(Invalid::new("user_code", "The code on the device has eight letters, like BCDF-GHJK."))
        }
    }

    /// The code as the device shows it: `XXXX-XXXX`.
    #[must_use]
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(Self::LETTERS / 2);
        format!("{first}-{second}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("BCDF-GHJK")]
    #[case("bcdfghjk")]
    #[case(" bcdf ghjk\n")]
    fn a_code_is_read_however_it_is_typed(#[case] typed: &str) {
        assert_eq!(UserCode::parse(typed).unwrap().shown(), "BCDF-GHJK");
    }

    #[rstest]
    #[case("")]
    #[case("BCDF-GHJ")]
    #[case("BCDF-GHJKL")]
    #[case("BCDF-GHJA")]
    #[case("BCDF-GHJ0")]
    #[case("BCDF-GHJé")]
    fn what_is_no_code_is_refused(#[case] typed: &str) {
        assert_eq!(UserCode::parse(typed).unwrap_err().constraint, "user_code");
    }

    proptest! {
        #[test]
        fn every_code_that_is_drawn_can_be_typed_back(secret: [u8; 32]) {
            let code = UserCode::from_secret(secret);
            prop_assert_eq!(UserCode::parse(&code.shown().to_lowercase()).unwrap(), code);
        }
    }
}
