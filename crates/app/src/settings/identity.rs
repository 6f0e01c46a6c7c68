//! Secrets, tokens and hashing.

use std::str::FromStr;

use conf::Conf;
use hos_domain::identity::MinimumAge;
use secrecy::SecretString;

use super::values::{country_age, secret};

/// Secrets, tokens and hashing.
#[derive(Conf, Debug, Clone)]
pub struct IdentitySettings {
    /// Signs access tokens; at least 32 characters. Make one with `openssl rand -hex 32`. With `DEBUG` one is made and
    /// kept in `DATA_DIR`.
    #[conf(env = "JWT_SECRET", secret, value_parser = secret)]
    pub jwt_secret: Option<SecretString>,
    /// Signs access tokens in the place of `JWT_SECRET`: a private key in PEM (PKCS#8), Ed25519 or P-256, whose public half
    /// is published at `/.well-known/jwks.json`. Make one with `openssl genpkey -algorithm ed25519`, and name the file as
    /// `JWT_PRIVATE_KEY_FILE`. `JWT_SECRET`, if it is still set, goes on being believed.
    #[conf(env = "JWT_PRIVATE_KEY", secret, value_parser = secret)]
    pub jwt_private_key: Option<SecretString>,
    /// The `JWT_SECRET` before this one: its tokens are believed until they expire, which takes 15 minutes.
    #[conf(env = "JWT_SECRET_PREVIOUS", secret, value_parser = secret)]
    pub jwt_secret_previous: Option<SecretString>,
    /// The `JWT_PRIVATE_KEY` before this one: its tokens are believed until they expire, which takes 15 minutes.
    #[conf(env = "JWT_PRIVATE_KEY_PREVIOUS", secret, value_parser = secret)]
    pub jwt_private_key_previous: Option<SecretString>,
    /// Seals what is kept at rest (webhook bodies, stored answers) and signs links and offline tokens; at least 32
    /// characters. Make one with `openssl rand -hex 32` and keep it as long as the data. With `DEBUG` one is made and
    /// kept in `DATA_DIR`.
    #[conf(env = "DATA_KEY", secret, value_parser = secret)]
    pub data_key: Option<SecretString>,
    /// Earlier data keys, separated by commas: what they sealed can still be opened.
    #[conf(repeat, env = "DATA_KEY_PREVIOUS", secret, value_parser = secret)]
    pub data_key_previous: Vec<SecretString>,
    /// `immediate` makes an account at once; `confirm` only after a code that was mailed to the address came back, and
    /// says nothing of who has one. Immediate with `DEBUG`, else confirm.
    #[conf(env = "REGISTRATION")]
    pub registration: Option<RegistrationMode>,
    /// The least age for an account, in years, asked of those who say when they were born.
    #[conf(env = "MINIMUM_AGE", default_value = "16")]
    pub minimum_age: u32,
    /// Other least ages by country, separated by commas, e.g. `US:13,KR:14`.
    #[conf(repeat, env = "MINIMUM_AGE_BY_COUNTRY", value_parser = country_age)]
    pub minimum_age_by_country: Vec<(String, u32)>,
    /// The page of the app where a new password is chosen; the token from the mail is added to its end. A page of ours
    /// unless set.
    #[conf(env = "PASSWORD_RESET_URL")]
    pub password_reset_url: Option<String>,
    /// What authenticator apps and passkey dialogs call this installation.
    #[conf(env = "APP_NAME", default_value = "Hypertrophy OS")]
    pub app_name: String,
    /// The domain that passkeys belong to; the host of `PUBLIC_URL` unless set. Changing it makes every passkey useless.
    #[conf(env = "PASSKEY_DOMAIN")]
    pub passkey_domain: Option<String>,
    /// Where passkeys may be used, separated by commas: `https://app.example.com`, `android:apk-key-hash:…`. `PUBLIC_URL`
    /// unless set.
    #[conf(repeat, env = "PASSKEY_ORIGINS")]
    pub passkey_origins: Vec<String>,
    /// The page of the app where an invitation to an organization is accepted; the token from the mail is added to its end.
    /// A page of ours, which can only decline, unless set.
    #[conf(env = "INVITATION_URL")]
    pub invitation_url: Option<String>,
    /// How many passwords are hashed at a time; one less than there are processors (at least one) unless set.
    #[conf(env = "HASHING_SLOTS")]
    pub hashing_slots: Option<usize>,
}

impl IdentitySettings {
    /// Whether an address must be proved before there is an account.
    #[must_use]
    pub fn confirms(&self, debug: bool) -> bool {
        match self.registration {
            Some(mode) => mode == RegistrationMode::Confirm,
            None => !debug,
        }
    }

    /// Who is old enough.
    #[must_use]
    pub fn least_ages(&self) -> MinimumAge {
        MinimumAge { default: self.minimum_age, by_country: self.minimum_age_by_country.iter().cloned().collect() }
    }

    /// How many passwords are hashed at a time.
    #[must_use]
    pub fn hashing_slots(&self) -> usize {
        self.hashing_slots.unwrap_or_else(|| {
            let processors = std::thread::available_parallelism().map_or(1, usize::from);
            processors.saturating_sub(1).max(1)
        })
    }
}

/// When a registration becomes an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// At once.
    Immediate,
    /// When the address was shown to be its owner's.
    Confirm,
}

impl FromStr for RegistrationMode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "immediate" => Ok(Self::Immediate),
            "confirm" => Ok(Self::Confirm),
            _ => Err("this is neither immediate nor confirm"),
        }
    }
}
