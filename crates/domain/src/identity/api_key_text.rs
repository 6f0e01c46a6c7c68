//! The text of an API key, and the hash by which it is known.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The key itself: `hos_`, 256 random bits in hexadecimal, and a checksum of eight digits, by which scanners of leaked
/// secrets tell it from any other text (`hos_[0-9a-f]{72}`). Wiped from memory when dropped, never printed.
#[derive(Debug, Clone)]
pub struct ApiKeyText(SecretString);

impl ApiKeyText {
    /// How every key begins, and nothing else that is sent as a bearer token.
    pub const MARK: &'static str = "hos_";
    const SECRET_DIGITS: usize = 64;
    const SHOWN_DIGITS: usize = 8;

    /// Writes 256 random bits as a key.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        let secret = hex::encode(secret);
        let checksum = checksum(&secret);
        Self(format!("{}{secret}{checksum}", Self::MARK).into())
    }

    /// Reads what a client sent, if it has the form of a key. A mistyped one is told apart without asking anybody.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (secret, check) = text.strip_prefix(Self::MARK)?.split_at_checked(Self::SECRET_DIGITS)?;
        (checksum(secret) == check).then(|| Self(text.to_owned().into()))
    }

    /// The text for the user, once.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// How it begins: enough to know it by, and too little to use it.
    #[must_use]
    pub fn prefix(&self) -> String {
        self.expose().chars().take(Self::MARK.len() + Self::SHOWN_DIGITS).collect()
    }

    /// What is stored in its place. A plain hash suffices for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

/// The first 32 bits of a hash of the digits before.
fn checksum(secret: &str) -> String {
    let hash = Sha256::new_with_prefix(b"checksum of an API key").chain_update(secret).finalize();
    hex::encode(hash.get(..4).unwrap_or_default())
}

/// The SHA-256 of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// The 32 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_key_is_read_again_and_one_that_was_mistyped_is_not(secret: [u8; 32], at in 4_usize..76, typed in "[0-9a-zA-Z_]") {
            let key = ApiKeyText::from_secret(secret);
            let text = key.expose().to_owned();
            prop_assert_eq!(text.len(), 76);
            prop_assert_eq!(ApiKeyText::read(&text).unwrap().hash(), key.hash());
            let mistyped = format!("{}{typed}{}", &text[..at], &text[at + 1..]);
            prop_assert_eq!(ApiKeyText::read(&mistyped).is_some(), mistyped == text);
        }

        #[test]
        fn nothing_that_is_sent_panics(text: String) {
            prop_assert!(ApiKeyText::read(&text).is_none());
            prop_assert!(ApiKeyText::read(&["hos_", &text].concat()).is_none());
        }
    }

    #[test]
    fn a_key_is_known_by_how_it_begins_and_never_printed() {
        let key = ApiKeyText::from_secret([0xab; 32]);
        assert_eq!(key.prefix(), "hos_abababab");
        assert!(!format!("{key:?}").contains("abab"));
    }
}
