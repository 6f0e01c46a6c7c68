//! Keys for scripts and integrations. A key is shown once; what is stored is its hash and how it begins.

use std::time::Duration;

use async_trait::async_trait;

use super::{ApiKeyHash, Scopes, UserId};
use crate::kernel::{Id, Invalid, Stored, Timestamp, single_line};

/// The id of one key.
pub type ApiKeyId = Id<ApiKey>;

/// A key as its user sees it in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose it is.
    pub user: UserId,
    /// What its user calls it.
    pub name: ApiKeyName,
    /// What it may do.
    pub scopes: Scopes,
    /// How its text begins, so that its user knows which one it is.
    pub prefix: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when it counts.
    pub expires_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub last_used_at: Option<Timestamp>,
}

impl ApiKey {
    /// A user has at most so many that count.
    pub const MOST: u64 = 20;
    /// How long one counts unless asked.
    pub const LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);
    /// How long one counts at most.
    pub const LONGEST_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    /// Uses are noted no more often than this.
    pub const NOTED_EVERY: Duration = Duration::from_secs(60);

    /// Until when a key made now counts.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `range` for an end that has passed or is more than a year away.
    pub fn end(wanted: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, Invalid> {
        let end = wanted.unwrap_or(now + Self::LIFE);
        if end > now && end <= now + Self::LONGEST_LIFE {
            Ok(end)
        } else {
            Err(Invalid::new("range", "This is an instant to come, at most 365 days away."))
        }
    }
}

/// What a user calls a key: one line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyName(String);

impl ApiKeyName {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 100).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Keys inside a unit of work.
#[async_trait]
pub trait ApiKeyRepository: Send + Sync {
    /// Adds a key.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, key: &ApiKey, hash: &ApiKeyHash) -> Stored<()>;

    /// How many keys of a user count. Nobody else can add one for this user until the unit ends.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn count_live(&self, user: UserId, now: Timestamp) -> Stored<u64>;

    /// Removes one key of a user and gives it back, if there was one that counted.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId, key: ApiKeyId, now: Timestamp) -> Stored<Option<ApiKey>>;

    /// Removes every key of a user and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove_all(&self, user: UserId) -> Stored<u64>;

    /// Notes that a key was used, unless that was noted less than [`ApiKey::NOTED_EVERY`] ago.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn note_use(&self, key: ApiKeyId, now: Timestamp) -> Stored<()>;

    /// Removes every key that expired before an instant and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64>;
}

/// Reading keys, beside any writer.
#[async_trait]
pub trait ApiKeyQueries: Send + Sync {
    /// The key with this hash, if its user's account is active; one look-up by index.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn key_with(&self, hash: &ApiKeyHash) -> Stored<Option<ApiKey>>;

    /// One key of a user, if it counts.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn key(&self, user: UserId, key: ApiKeyId, now: Timestamp) -> Stored<Option<ApiKey>>;

    /// A user's keys that count, the newest first; at most [`ApiKey::MOST`].
    ///
    /// # Errors
    /// Whatever the database says.
    async fn keys(&self, user: UserId, now: Timestamp) -> Stored<Vec<ApiKey>>;
}

/// Which keys count, for every request that carries one. Knows recent ones without a query.
#[async_trait]
pub trait ApiKeyDirectory: Send + Sync {
    /// The key with this hash, if it counts.
    ///
    /// # Errors
    /// Whatever the database says, for a key it does not know.
    async fn find(&self, hash: &ApiKeyHash, now: Timestamp) -> Stored<Option<ApiKey>>;

    /// Tells that a key of this user was removed here, or that the account was closed or has another role: what is
    /// remembered of the user's keys, and of the external identities that open the account, counts no more, here at once
    /// and on the other nodes as soon as they hear of it. To be told after the commit.
    fn changed(&self, user: UserId);

    /// Whether a use of this key is worth a note; yes about once in [`ApiKey::NOTED_EVERY`].
    fn is_worth_a_note(&self, key: ApiKeyId) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_counts_for_ninety_days_unless_asked_and_never_for_more_than_a_year() {
        let now = Timestamp::EPOCH + Duration::from_secs(1_000);
        assert_eq!(ApiKey::end(None, now), Ok(now + ApiKey::LIFE));
        let year = now + ApiKey::LONGEST_LIFE;
        assert_eq!(ApiKey::end(Some(year), now), Ok(year));
        for wrong in [now, year + Duration::from_secs(1), Timestamp::EPOCH] {
            assert_eq!(ApiKey::end(Some(wrong), now).unwrap_err().constraint, "range");
        }
    }
}
