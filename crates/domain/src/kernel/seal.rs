//! Sealing what is kept at rest: secrets, webhook bodies, stored answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// Why a sealed value could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// It was sealed with a key this installation does not have.
    #[error("the value was sealed with the unknown key {0}")]
    UnknownKey(String),
    /// It was altered, or is no sealed value.
    #[error("the sealed value can't be opened")]
    Broken,
}

/// A text that only this installation can read, such as a secret that waits in a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SealedText(String);

impl SealedText {
    /// Seals a text.
    #[must_use]
    pub fn seal(sealer: &dyn Sealer, plain: &str) -> Self {
        Self(STANDARD.encode(sealer.seal(plain.as_bytes())))
    }

    /// Opens it again.
    ///
    /// # Errors
    /// [`SealError`]
    pub fn open(&self, sealer: &dyn Sealer) -> Result<Vec<u8>, SealError> {
        sealer.open(&STANDARD.decode(&self.0).map_err(|_| SealError::Broken)?)
    }
}

/// Stable names for what must not be seen: the same thing always has the same name, and without the installation's key
/// nobody can tell what a name stands for.
pub trait Pseudonyms: Send + Sync {
    /// The name of something for one use; 64 bits in hexadecimal.
    fn name_of(&self, usage: &str, hidden: &str) -> String;
}

/// Authenticated encryption with the application's data key. The key's id travels with each value, so keys can rotate.
pub trait Sealer: Send + Sync {
    /// Encrypts with the newest key. Never fails and never gives the same bytes twice.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;

    /// Decrypts what [`Sealer::seal`] made with any key still known.
    ///
    /// # Errors
    /// [`SealError`] when the key is unknown or a single bit was altered.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError>;

    /// A fresh key, itself sealed: what it seals is gone for good when it is destroyed.
    fn new_wrapped_key(&self) -> Vec<u8>;

    /// Encrypts with a key that [`Sealer::new_wrapped_key`] made.
    ///
    /// # Errors
    /// [`SealError`] when the key can't be opened.
    fn seal_under(&self, wrapped_key: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Decrypts what [`Sealer::seal_under`] made with the same key.
    ///
    /// # Errors
    /// [`SealError`]
    fn open_under(&self, wrapped_key: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError>;
}
