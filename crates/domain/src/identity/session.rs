//! Sessions and the refresh tokens that carry them on. A session is a family of refresh tokens, each used once; using
//! one twice means that it was stolen, or that its thief was here first, and ends the whole family.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Rights, SessionKind, UserId};
use crate::kernel::{Id, Timestamp};

/// The id of one session.
pub type SessionId = Id<Session>;

/// One device that is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id; stands in every access token as `sid`.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When it was last carried on.
    pub refreshed_at: Timestamp,
    /// When its user last proved who they are.
    pub proved_at: Timestamp,
    /// It can't be carried on beyond this instant, whatever happens.
    pub expires_at: Timestamp,
    /// When it was ended, by logout, by us, or by reuse of a token.
    pub revoked_at: Option<Timestamp>,
    /// What the device calls itself, for the list of devices; at most 200 characters.
    pub user_agent: Option<String>,
    /// What may be done through it.
    pub rights: Rights,
    /// Where its tokens are kept.
    pub kind: SessionKind,
}

impl Session {
    /// How long a session lasts at most.
    pub const ABSOLUTE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

    /// Whether its tokens count.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }

    /// Until when a refresh token handed out now may be used.
    #[must_use]
    pub fn next_token_expires_at(&self, now: Timestamp) -> Timestamp {
        self.expires_at.min(now + self.kind.sliding())
    }
}

/// 256 random bits in hexadecimal, seen by the client once and never stored.
#[derive(Debug, Clone)]
pub struct RefreshToken(SecretString);

impl RefreshToken {
    /// Writes 256 random bits as a token.
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

    /// What is stored in its place. A plain hash suffices for 256 random bits.
    #[must_use]
    pub fn hash(&self) -> RefreshTokenHash {
        RefreshTokenHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

/// The SHA-256 of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefreshTokenHash([u8; 32]);

impl RefreshTokenHash {
    /// The 32 bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The same as text.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }
}

/// A refresh token as the database knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRefreshToken {
    /// The family it belongs to.
    pub session: Session,
    /// When it runs out.
    pub expires_at: Timestamp,
    /// When and how it was used; `None` while it may be.
    pub used: Option<RefreshUse>,
}

/// The one use of a refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshUse {
    /// When.
    pub at: Timestamp,
    /// The client's idempotency key, if it sent one.
    pub key: Option<String>,
    /// Whether the token it was exchanged for has been used in turn.
    pub successor_used: bool,
}

impl RefreshUse {
    /// A phone that lost our answer may ask again with the same key for so long.
    pub const REPEATABLE_FOR: Duration = Duration::from_secs(60);
    /// Another key within so little time is a race of one client with itself, not a theft.
    pub const RACE_WINDOW: Duration = Duration::from_secs(10);

    /// Whether a client that sends `key` now is the one that lost our answer.
    #[must_use]
    pub fn is_repetition(&self, key: Option<&str>, now: Timestamp) -> bool {
        key.is_some()
            && self.key.as_deref() == key
            && !self.successor_used
            && now.since(self.at) <= Self::REPEATABLE_FOR
    }

    /// Whether a client that sends `key` now merely raced with itself.
    #[must_use]
    pub fn is_race(&self, key: Option<&str>, now: Timestamp) -> bool {
        key.is_some() && self.key.as_deref() != key && now.since(self.at) <= Self::RACE_WINDOW
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(second)
    }

    fn used_with(key: Option<&str>) -> RefreshUse {
        RefreshUse { at: at(100), key: key.map(str::to_owned), successor_used: false }
    }

    #[test]
    fn the_same_key_within_a_minute_is_a_repetition() {
        assert!(used_with(Some("a")).is_repetition(Some("a"), at(160)));
        assert!(!used_with(Some("a")).is_repetition(Some("a"), at(161)));
        assert!(!used_with(Some("a")).is_repetition(Some("b"), at(101)));
        assert!(!RefreshUse { successor_used: true, ..used_with(Some("a")) }.is_repetition(Some("a"), at(101)));
    }

    #[test]
    fn without_a_key_nothing_is_forgiven() {
        assert!(!used_with(None).is_repetition(None, at(101)));
        assert!(!used_with(None).is_race(None, at(101)));
    }

    #[test]
    fn another_key_within_ten_seconds_is_a_race() {
        assert!(used_with(Some("a")).is_race(Some("b"), at(110)));
        assert!(!used_with(Some("a")).is_race(Some("b"), at(111)));
    }

    #[rstest]
    #[case::native(SessionKind::Native, 60)]
    #[case::browser(SessionKind::Browser, 7)]
    fn no_token_outlives_its_session(#[case] kind: SessionKind, #[case] days: u64) {
        let session = Session {
            proved_at: Timestamp::EPOCH,
            id: Id::new(uuid::Uuid::nil()),
            user: Id::new(uuid::Uuid::nil()),
            created_at: at(0),
            refreshed_at: at(0),
            expires_at: at(0) + Session::ABSOLUTE,
            revoked_at: None,
            user_agent: None,
            rights: Rights::Full,
            kind,
        };
        assert_eq!(session.next_token_expires_at(at(0)), at(days * 24 * 60 * 60));
        let late = session.expires_at - Duration::from_secs(1);
        assert_eq!(session.next_token_expires_at(late), session.expires_at);
        assert!(session.is_live(late) && !session.is_live(session.expires_at));
    }
}
