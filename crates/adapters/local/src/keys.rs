//! The data key and the keys made from it. One secret is kept by the operator; every use has a key of its own, so that
//! what one of them reveals says nothing about another.

use std::fmt;

use hkdf::Hkdf;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

/// The secret from which all keys of an installation are made.
pub struct DataKey(SecretBox<[u8; 32]>);

/// Why a text is no data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataKeyError;

impl fmt::Display for DataKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a data key has at least 32 characters")
    }
}

impl std::error::Error for DataKeyError {}

impl DataKey {
    /// Takes any text of at least 32 characters; `openssl rand -hex 32` makes a good one.
    ///
    /// # Errors
    /// [`DataKeyError`] when it is shorter.
    pub fn parse(text: &SecretString) -> Result<Self, DataKeyError> {
        let text = text.expose_secret().trim();
        if text.chars().count() < 32 {
            return Err(DataKeyError);
        }
        Ok(Self(SecretBox::new(Box::new(Sha256::digest(text.as_bytes()).into()))))
    }

    /// The key for one use. The same installation and use always give the same key (HKDF-SHA256, RFC 5869).
    #[must_use]
    pub fn derive(&self, usage: &str) -> [u8; 32] {
        let mut key = [0; 32];
        let expanded = Hkdf::<Sha256>::new(None, self.0.expose_secret()).expand(usage.as_bytes(), &mut key);
        // HKDF can only fail for outputs beyond 255 blocks; this is one block.
        debug_assert!(expanded.is_ok());
        key
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> DataKey {
        DataKey::parse(&text.to_owned().into()).unwrap()
    }

    #[test]
    fn each_use_has_its_own_key_and_keeps_it() {
        let data = key(&"k".repeat(32));
        assert_eq!(data.derive("a"), key(&"k".repeat(32)).derive("a"));
        assert_ne!(data.derive("a"), data.derive("b"));
        assert_ne!(data.derive("a"), key(&"l".repeat(32)).derive("a"));
    }

    #[test]
    fn a_short_key_is_refused() {
        assert!(DataKey::parse(&"k".repeat(31).into()).is_err());
    }
}
