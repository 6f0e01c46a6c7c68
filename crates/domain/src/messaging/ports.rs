//! What messaging needs from the outside: places for devices and preferences, senders, and words.

use async_trait::async_trait;

use super::{Device, DeviceId, DeviceToken, Letter, Message, Preferences, PushNotification, PushText};
use crate::identity::UserId;
use crate::kernel::{Email, ErrorKind, Failure, GatewayError, Locale, Stored, Timestamp};
use crate::platform::Effects;

/// Messaging's unit.
pub trait Unit: Effects {
    /// Devices that can be pushed to.
    fn devices(&self) -> &dyn DeviceRepository;

    /// What users want to hear.
    fn preferences(&self) -> &dyn PreferenceRepository;
}

/// Devices inside a unit of work.
#[async_trait]
pub trait DeviceRepository: Send + Sync {
    /// Adds a device, or, when its token is known, moves that row to the user and brings it up to date. Gives back the
    /// row that now stands.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn register(&self, device: &Device) -> Stored<Device>;

    /// Removes a user's device. Tells whether there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId, id: DeviceId) -> Stored<bool>;

    /// A user's devices that can be pushed to.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn active(&self, user: UserId) -> Stored<Vec<Device>>;

    /// Takes note that the push service no longer knows a token, unless it was registered anew since `as_of`.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn deactivate(&self, token: &DeviceToken, as_of: Timestamp) -> Stored<()>;
}

/// What users want to hear, inside a unit of work.
#[async_trait]
pub trait PreferenceRepository: Send + Sync {
    /// A user's preferences; the defaults when they never said.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn of(&self, user: UserId) -> Stored<Preferences>;

    /// Keeps a user's preferences.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn put(&self, user: UserId, preferences: &Preferences) -> Stored<()>;
}

/// Reading devices, beside any writer.
#[async_trait]
pub trait DeviceQueries: Send + Sync {
    /// A user's devices, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn devices(&self, user: UserId) -> Stored<Vec<Device>>;
}

/// Reading preferences, beside any writer.
#[async_trait]
pub trait PreferenceQueries: Send + Sync {
    /// A user's preferences; the defaults when they never said.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn preferences(&self, user: UserId) -> Stored<Preferences>;
}

/// Renders messages in a language; English where a language or a text of it is missing.
pub trait Wording: Send + Sync {
    /// The words of a push.
    fn push(&self, message: &Message, locale: &Locale) -> PushText;

    /// A mail.
    fn letter(&self, id: &str, to: &Email, name: &str, message: &Message, locale: &Locale) -> Letter;
}

/// Sends pushes.
#[async_trait]
pub trait PushSender: Send + Sync {
    /// Hands a push to the push service.
    ///
    /// # Errors
    /// [`PushError`]
    async fn push(&self, notification: &PushNotification) -> Result<(), PushError>;
}

/// Why a push did not go out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The push service does not know the token any more.
    #[error("the device's token is no longer valid")]
    DeadToken,
    /// The push service did not take it.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

impl Failure for PushError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::DeadToken => ErrorKind::NotFound,
            Self::Gateway(error) => error.kind(),
        }
    }
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    /// Hands a mail over. The same id is sent at most once where the service can tell.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn send(&self, letter: &Letter) -> Result<(), GatewayError>;
}
