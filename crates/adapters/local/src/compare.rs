//! Comparing and naming secrets without giving them away.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Compares in a time that does not depend on where the texts differ.
#[must_use]
pub fn same_secret(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// A stable name for something that must not be seen: 64 bits of a keyed hash, in hex.
#[must_use]
pub fn keyed_name(key: &[u8; 32], hidden: &[u8]) -> String {
    let name = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(hidden).finalize().into_bytes());
    // HMAC takes keys of every length.
    name.map(|name| hex::encode(name.get(..8).unwrap_or_default())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_equal_secrets_are_the_same() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd") && !same_secret("abc", "ab"));
    }

    #[test]
    fn a_name_depends_on_key_and_value() {
        assert_eq!(keyed_name(&[1; 32], b"x").len(), 16);
        assert_ne!(keyed_name(&[1; 32], b"x"), keyed_name(&[2; 32], b"x"));
        assert_ne!(keyed_name(&[1; 32], b"x"), keyed_name(&[1; 32], b"y"));
    }
}
