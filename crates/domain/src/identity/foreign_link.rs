//! Which account an identity that others vouch for belongs to, and the nonces that tie a sign-in to the device that asked
//! for it.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{ForeignGrant, ForeignProvider, UserId};
use crate::kernel::{Email, Stored, Timestamp};

/// An identity that may log in to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignLink {
    /// Who vouches for it (`iss`).
    pub issuer: String,
    /// Whom it is about (`sub`).
    pub subject: String,
    /// Whose account it opens.
    pub user: UserId,
    /// Which of our sign-ins it came by.
    pub provider: ForeignProvider,
    /// The address it had then, or that the issuer has named since.
    pub email: Option<Email>,
    /// Whether that address is a relay that hides the real one.
    pub email_is_private: bool,
    /// Whether the relay passes mail on.
    pub email_arrives: bool,
    /// Since when.
    pub linked_at: Timestamp,
    /// Up to which change at the issuer the issuer's news were taken over; none before the first.
    pub as_of: Option<Timestamp>,
    /// Whether the account is suspended because the issuer lets the user in no more.
    pub is_banned: bool,
}

/// A number used once: given out by us, found again in the token that the provider signs.
#[derive(Debug, Clone)]
pub struct SignInNonce(SecretString);

impl SignInNonce {
    /// How long it waits for its token.
    pub const LIFE: Duration = Duration::from_secs(10 * 60);

    /// Writes 256 random bits as a nonce.
    #[must_use]
    pub fn from_secret(secret: [u8; 32]) -> Self {
        Self(hex::encode(secret).into())
    }

    /// Takes what a client sent. Anything may come; only its hash is ever looked up.
    #[must_use]
    pub fn from_client(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// The text for the client.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored in its place.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.expose().as_bytes()).into()
    }

    /// Whether a token holds this nonce: as it is, or as native apps send it to Apple and to Google, its SHA-256 in
    /// hexadecimal or base64url.
    #[must_use]
    pub fn is_in(&self, token: Option<&str>) -> bool {
        let hash = self.hash();
        let spellings = [self.expose().to_owned(), hex::encode(hash), URL_SAFE_NO_PAD.encode(hash)];
        token.is_some_and(|token| spellings.iter().any(|spelling| spelling == token))
    }
}

/// Identities that others vouch for, inside a unit of work.
#[async_trait]
pub trait ForeignLinkRepository: Send + Sync {
    /// The link of an identity, whatever became of its account.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, issuer: &str, subject: &str) -> Stored<Option<ForeignLink>>;

    /// Links an identity to an account.
    ///
    /// # Errors
    /// `Conflict` when the identity is linked already.
    async fn insert(&self, link: &ForeignLink) -> Stored<()>;

    /// Writes what may change: the address and whether mail arrives, and how far the issuer's news were taken over.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save(&self, link: &ForeignLink) -> Stored<()>;

    /// A user's links, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn of(&self, user: UserId) -> Stored<Vec<ForeignLink>>;

    /// Takes a link away.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, issuer: &str, subject: &str) -> Stored<()>;

    /// Keeps what the issuer lets us do for the user, sealed, in the place of what it let us do before, and tells whether
    /// the link is still there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn keep_grant(&self, issuer: &str, subject: &str, grant: &ForeignGrant) -> Stored<bool>;

    /// Takes a user's grants away and gives them back: with one provider, or all of them.
    ///
    /// # Errors
    /// Whatever the database says; `Corrupt` when one can't be opened any more.
    async fn take_grants(&self, user: UserId, provider: Option<ForeignProvider>) -> Stored<Vec<ForeignGrant>>;

    /// Keeps a nonce, by its hash.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn keep_nonce(&self, hash: &[u8; 32], expires_at: Timestamp) -> Stored<()>;

    /// Takes a nonce for good, and tells whether it was there and not too old.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn take_nonce(&self, hash: &[u8; 32], now: Timestamp) -> Stored<bool>;

    /// Removes every nonce that is too old and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_nonces(&self, now: Timestamp) -> Stored<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_found_in_the_three_spellings_and_in_no_other() {
        let nonce = SignInNonce::from_client("abc");
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for spelling in ["abc", sha256, "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"] {
            assert!(nonce.is_in(Some(spelling)), "{spelling}");
        }
        assert!(!nonce.is_in(Some("ABC")) && !nonce.is_in(Some("")) && !nonce.is_in(None));
    }
}
