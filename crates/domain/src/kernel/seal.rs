//! Sealing what is kept at rest: secrets, webhook bodies, stored answers.

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

/// Authenticated encryption with the application's data key. The key's id travels with each value, so keys can rotate.
pub trait Sealer: Send + Sync {
    /// Encrypts with the newest key. Never fails and never gives the same bytes twice.
    fn seal(&self, plain: &[u8]) -> Vec<u8>;

    /// Decrypts what [`Sealer::seal`] made with any key still known.
    ///
    /// # Errors
    /// [`SealError`] when the key is unknown or a single bit was altered.
    fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, SealError>;
}
