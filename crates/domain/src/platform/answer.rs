//! Answers kept for idempotency keys: a client that lost our answer and asks again gets the same one.

use sha2::{Digest, Sha256};

use crate::kernel::Timestamp;

/// Who asked for what under which key. The same key of another principal, or on another route, is another key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKey {
    /// The user's id, or another stable name of the caller.
    pub principal: String,
    /// Method and route template, e.g. `POST /api/v1/projects`.
    pub route: String,
    /// The client's `Idempotency-Key`, 1 to 255 visible characters.
    pub key: String,
    /// What was asked: the same key with another question is a mistake of the client.
    pub fingerprint: Fingerprint,
}

impl AnswerKey {
    /// A name for the whole key that is safe to hand to a provider as its own idempotency key: it reveals nothing and
    /// stays the same for every repetition.
    #[must_use]
    pub fn derived(&self) -> String {
        let mut digest = Sha256::new();
        for part in [&self.principal, &self.route, &self.key] {
            digest.update(part.as_bytes());
            digest.update([0]);
        }
        format!("hos-{}", hex::encode(digest.finalize()))
    }
}

/// A digest of the request's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Digests a canonical form of the request.
    #[must_use]
    pub fn of(canonical: &[u8]) -> Self {
        Self(Sha256::digest(canonical).into())
    }

    /// Reads a stored digest back; `None` when it is not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The 32 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is kept under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAnswer {
    /// What was asked the first time.
    pub fingerprint: Fingerprint,
    /// How far the first request came.
    pub state: AnswerState,
}

/// How far the request that holds a key came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerState {
    /// It is under way, or died; after `until` anybody may repeat it.
    Reserved {
        /// When the reservation lapses.
        until: Timestamp,
    },
    /// It succeeded with this output.
    Answered(Vec<u8>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(principal: &str, key: &str) -> AnswerKey {
        AnswerKey {
            principal: principal.to_owned(),
            route: "POST /x".to_owned(),
            key: key.to_owned(),
            fingerprint: Fingerprint::of(b"{}"),
        }
    }

    #[test]
    fn the_providers_key_is_stable_and_differs_between_callers() {
        assert_eq!(key("ada", "1").derived(), key("ada", "1").derived());
        assert_ne!(key("ada", "1").derived(), key("eve", "1").derived());
        assert_ne!(key("ada", "1b").derived(), key("ada1", "b").derived());
    }
    #[test]
    fn the_providers_key_is_that_of_the_route_and_not_of_the_question() {
        let asked = key("ada", "1");
        let elsewhere = AnswerKey { route: "POST /y".to_owned(), ..asked.clone() };
        let otherwise = AnswerKey { fingerprint: Fingerprint::of(b"[]"), ..asked.clone() };
        assert_ne!(elsewhere.derived(), asked.derived());
        // One part does not run into the next.
        let longer = AnswerKey { route: "POST /x1".to_owned(), ..key("ada", "b") };
        assert_ne!(longer.derived(), key("ada", "1b").derived());
        assert_eq!(otherwise.derived(), asked.derived());
    }

    #[test]
    fn the_providers_key_reveals_nothing() {
        let derived = key("ada@example.com", "secret").derived();
        let digest = derived.strip_prefix("hos-").unwrap();
        assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{derived}");
    }

    #[test]
    fn a_fingerprint_is_read_back_from_its_32_bytes() {
        let fingerprint = Fingerprint::of(b"{}");
        assert_eq!(Fingerprint::from_bytes(fingerprint.as_bytes()), Some(fingerprint));
        assert_ne!(fingerprint, Fingerprint::of(b"[]"));
        assert_eq!((Fingerprint::from_bytes(&[0; 31]), Fingerprint::from_bytes(&[0; 33])), (None, None));
    }
}
