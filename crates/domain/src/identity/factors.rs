//! Where second factors and passkeys are kept.

use async_trait::async_trait;

use super::{Passkey, PasskeyId, RecoveryCodeHash, TotpSecret, UserId};
use crate::kernel::{Id, Stored, Timestamp};

/// An authenticator app that was enrolled, or is about to be.
#[derive(Debug)]
pub struct Totp {
    /// Whose.
    pub user: UserId,
    /// What app and server share. Sealed at rest.
    pub secret: TotpSecret,
    /// When the first code from the app was shown; before that it protects nothing.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken: no code counts twice.
    pub last_step: Option<u64>,
}

/// Authenticator apps inside a unit of work; at most one a user.
#[async_trait]
pub trait TotpRepository: Send + Sync {
    /// A user's app. The row stays locked until the unit ends, so that no code counts twice.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, user: UserId) -> Stored<Option<Totp>>;

    /// Adds a user's app or replaces it.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put(&self, totp: &Totp) -> Stored<()>;

    /// Takes a user's app away, and tells whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId) -> Stored<bool>;
}

/// Recovery codes inside a unit of work.
#[async_trait]
pub trait RecoveryCodeRepository: Send + Sync {
    /// Replaces all codes of a user.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn replace(&self, user: UserId, codes: &[RecoveryCodeHash]) -> Stored<()>;

    /// Takes one code of a user for good, and tells whether it was there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn take(&self, user: UserId, code: &RecoveryCodeHash) -> Stored<bool>;
}

/// Passkeys inside a unit of work.
#[async_trait]
pub trait PasskeyRepository: Send + Sync {
    /// Adds a passkey.
    ///
    /// # Errors
    /// `Conflict` when the credential is known.
    async fn insert(&self, passkey: &Passkey) -> Stored<()>;

    /// A living user's passkey with this credential. The row stays locked until the unit ends.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, credential: &str) -> Stored<Option<Passkey>>;

    /// Whether a user has any.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn any(&self, user: UserId) -> Stored<bool>;

    /// Writes what a login has changed.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save(&self, passkey: &Passkey) -> Stored<()>;

    /// Takes a user's passkey away, and tells whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId, id: PasskeyId) -> Stored<bool>;
}

/// A passkey ceremony that waits for the browser's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingCeremony {
    /// Its id.
    pub id: CeremonyId,
    /// Whose new key it asks for; `None` for a login.
    pub user: Option<UserId>,
    /// What the ceremonies remember.
    pub state: Vec<u8>,
    /// Until when the answer is taken.
    pub expires_at: Timestamp,
}

/// The id of a pending ceremony.
pub type CeremonyId = Id<PendingCeremony>;

/// Pending ceremonies inside a unit of work.
#[async_trait]
pub trait CeremonyRepository: Send + Sync {
    /// Keeps a ceremony until it is taken.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn keep(&self, ceremony: &PendingCeremony) -> Stored<()>;

    /// Takes a ceremony for good: of two answers at once one gets it. One that is too old is not there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn take(&self, id: CeremonyId, now: Timestamp) -> Stored<Option<PendingCeremony>>;

    /// Removes every ceremony that is too old and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_lapsed(&self, now: Timestamp) -> Stored<u64>;
}

/// Reading factors, beside any writer.
#[async_trait]
pub trait FactorQueries: Send + Sync {
    /// A user's passkeys, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn passkeys(&self, user: UserId) -> Stored<Vec<Passkey>>;

    /// Whether a user has an authenticator app, and how many recovery codes are left.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn second_factor(&self, user: UserId) -> Stored<SecondFactorState>;
}

/// What protects a user's logins besides the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecondFactorState {
    /// An authenticator app is enrolled and confirmed.
    pub totp: bool,
    /// Recovery codes that are not used up.
    pub recovery_codes_left: u64,
}
