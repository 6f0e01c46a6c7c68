//! Passkeys (WebAuthn): a key pair that never leaves the user's device, and the two ceremonies around it.

use crate::kernel::{ErrorKind, Failure, Id, Timestamp};

use super::{User, UserId};

/// The id of one passkey, ours.
pub type PasskeyId = Id<Passkey>;

/// A public key of a user's device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Ours.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// The authenticator's name of it, base64url without padding; unique.
    pub credential: String,
    /// What the adapter needs to check signatures: the public key and its state, in a form of its own.
    pub material: Vec<u8>,
    /// What the user calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used to log in.
    pub used_at: Option<Timestamp>,
}

/// A ceremony under way: what the browser is given, and what we must remember until it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// For `navigator.credentials.create` or `.get`, as JSON (`PublicKeyCredentialCreationOptionsJSON` or
    /// `PublicKeyCredentialRequestOptionsJSON`), without the outer `publicKey`.
    pub options: String,
    /// To be kept secret from nobody but changed by nobody, and used once within five minutes.
    pub state: Vec<u8>,
}

/// A new key as the browser has made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// See [`Passkey::credential`].
    pub credential: String,
    /// See [`Passkey::material`].
    pub material: Vec<u8>,
}

/// Why a ceremony came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyError {
    /// The answer can't be read, or is to another question.
    #[error("the passkey was not accepted: {0}")]
    Refused(String),
    /// The ceremony's state can't be read, or is too old.
    #[error("the passkey ceremony is over; begin again")]
    Over,
}

impl Failure for PasskeyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Unprocessable
    }

    fn code(&self) -> Option<&'static str> {
        Some("PASSKEY_REFUSED")
    }
}

/// Carries out the ceremonies. Keeps nothing: state goes out and comes back.
pub trait Passkeys: Send + Sync {
    /// Asks for a new key of `user`; a device that holds one of `known` (credential ids) is told not to make another.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn begin_registration(&self, user: &User, known: &[String]) -> Result<Ceremony, PasskeyError>;

    /// Reads the new key. User verification is required.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn finish_registration(&self, state: &[u8], answer: &str) -> Result<NewPasskey, PasskeyError>;

    /// Asks for any key that a device has for us: who it is, is in the answer.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn begin_login(&self) -> Result<Ceremony, PasskeyError>;

    /// The credential id that an answer to [`Self::begin_login`] names, to find the passkey by.
    ///
    /// # Errors
    /// [`PasskeyError`]
    fn credential_of(&self, answer: &str) -> Result<String, PasskeyError>;

    /// Checks the answer with the passkey it names, and gives back the passkey's new material (its signature counter).
    ///
    /// # Errors
    /// [`PasskeyError`], also when a counter went back: the key was cloned.
    fn finish_login(&self, state: &[u8], answer: &str, passkey: &Passkey) -> Result<Vec<u8>, PasskeyError>;
}
