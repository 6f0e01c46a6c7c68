//! Sealing at rest with XChaCha20-Poly1305: its nonces are long enough to be drawn at random for ever.

use std::collections::HashMap;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hos_domain::kernel::{SealError, Sealer};
use sha2::{Digest, Sha256};

use crate::ids::random;

const KEY_ID: usize = 8;
const NONCE: usize = 24;

/// Seals with one key and opens with all it is given. A sealed value is `key id (8) ‖ nonce (24) ‖ ciphertext and tag`,
/// the key id being authenticated with it.
pub struct XChaChaSealer {
    newest: [u8; KEY_ID],
    ciphers: HashMap<[u8; KEY_ID], XChaCha20Poly1305>,
}

impl XChaChaSealer {
    /// Seals with `newest`; opens what `newest` or one of `older` has sealed.
    #[must_use]
    pub fn new(newest: &[u8; 32], older: &[[u8; 32]]) -> Self {
        let cipher = |key: &[u8; 32]| (key_id(key), XChaCha20Poly1305::new(key.into()));
        Self { newest: key_id(newest), ciphers: older.iter().chain([newest]).map(cipher).collect() }
    }
}

fn key_id(key: &[u8; 32]) -> [u8; KEY_ID] {
    let digest: [u8; 32] = Sha256::new_with_prefix(b"key id").chain_update(key).finalize().into();
    let mut id = [0; KEY_ID];
    id.copy_from_slice(&digest[..KEY_ID]);
    id
}

impl Sealer for XChaChaSealer {
    fn seal(&self, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE] = random();
        let payload = Payload { msg: plain, aad: &self.newest };
        let cipher = self.ciphers.get(&self.newest);
        let sealed = cipher.and_then(|cipher| cipher.encrypt(&XNonce::from(nonce), payload).ok());
        // Encryption fails only for messages of 256 GiB and more, and the newest key is always in the map.
        debug_assert!(sealed.is_some());
        [&self.newest[..], &nonce, &sealed.unwrap_or_default()].concat()
    }

    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (id, rest) = sealed.split_first_chunk::<KEY_ID>().ok_or(SealError::Broken)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(SealError::Broken)?;
        let cipher = self.ciphers.get(id).ok_or_else(|| SealError::UnknownKey(hex::encode(id)))?;
        let payload = Payload { msg: ciphertext, aad: id };
        cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| SealError::Broken)
    }

    fn new_wrapped_key(&self) -> Vec<u8> {
        self.seal(&random::<32>())
    }

    fn seal_under(&self, wrapped_key: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(self.unwrap_key(wrapped_key)?.seal(plain))
    }

    fn open_under(&self, wrapped_key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        self.unwrap_key(wrapped_key)?.open(sealed)
    }
}

impl XChaChaSealer {
    fn unwrap_key(&self, wrapped: &[u8]) -> Result<Self, SealError> {
        let key: [u8; 32] = self.open(wrapped)?.try_into().map_err(|_| SealError::Broken)?;
        Ok(Self::new(&key, &[]))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_a_flipped_bit_does_not(plain: Vec<u8>, at: prop::sample::Index, bit in 0_u8..8) {
            let sealer = XChaChaSealer::new(&[1; 32], &[]);
            let mut sealed = sealer.seal(&plain);
            prop_assert_eq!(sealer.open(&sealed).unwrap(), plain);
            let at = at.index(sealed.len());
            sealed[at] ^= 1 << bit;
            prop_assert!(sealer.open(&sealed).is_err());
        }
    }

    #[test]
    fn an_older_key_still_opens_and_a_foreign_one_is_named() {
        let old = XChaChaSealer::new(&[1; 32], &[]).seal(b"hello");
        assert_eq!(XChaChaSealer::new(&[2; 32], &[[1; 32]]).open(&old).unwrap(), b"hello");
        assert!(matches!(XChaChaSealer::new(&[2; 32], &[]).open(&old), Err(SealError::UnknownKey(_))));
    }

    #[test]
    fn a_wrapped_key_opens_what_it_sealed_and_nothing_else_does() {
        let sealer = XChaChaSealer::new(&[1; 32], &[]);
        let (key, other) = (sealer.new_wrapped_key(), sealer.new_wrapped_key());
        let sealed = sealer.seal_under(&key, b"hello").unwrap();
        assert_eq!(sealer.open_under(&key, &sealed).unwrap(), b"hello");
        assert!(sealer.open_under(&other, &sealed).is_err() && sealer.open(&sealed).is_err());
        assert!(XChaChaSealer::new(&[2; 32], &[]).open_under(&key, &sealed).is_err());
        assert!(sealer.seal_under(b"no key", b"hello").is_err());
    }

    #[test]
    fn the_same_text_is_never_sealed_to_the_same_bytes() {
        let sealer = XChaChaSealer::new(&[1; 32], &[]);
        assert_ne!(sealer.seal(b"x"), sealer.seal(b"x"));
    }
}
