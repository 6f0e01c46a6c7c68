//! Secrets, tokens and hashing.

use conf::Conf;
use secrecy::SecretString;

use super::values::secret;

/// Secrets, tokens and hashing.
#[derive(Conf, Debug, Clone)]
pub struct IdentitySettings {
    /// Signs access tokens; at least 32 characters. Make one with `openssl rand -hex 32`. With `DEBUG` one is made and
    /// kept in `DATA_DIR`.
    #[conf(env = "JWT_SECRET", secret, value_parser = secret)]
    pub jwt_secret: Option<SecretString>,
    /// Seals what is kept at rest (webhook bodies, stored answers) and signs links and offline tokens; at least 32
    /// characters. Make one with `openssl rand -hex 32` and keep it as long as the data. With `DEBUG` one is made and
    /// kept in `DATA_DIR`.
    #[conf(env = "DATA_KEY", secret, value_parser = secret)]
    pub data_key: Option<SecretString>,
    /// Earlier data keys, separated by commas: what they sealed can still be opened.
    #[conf(repeat, env = "DATA_KEY_PREVIOUS", secret, value_parser = secret)]
    pub data_key_previous: Vec<SecretString>,
    /// How many passwords are hashed at a time; one less than there are processors (at least one) unless set.
    #[conf(env = "HASHING_SLOTS")]
    pub hashing_slots: Option<usize>,
}

impl IdentitySettings {
    /// How many passwords are hashed at a time.
    #[must_use]
    pub fn hashing_slots(&self) -> usize {
        self.hashing_slots.unwrap_or_else(|| {
            let processors = std::thread::available_parallelism().map_or(1, usize::from);
            processors.saturating_sub(1).max(1)
        })
    }
}
