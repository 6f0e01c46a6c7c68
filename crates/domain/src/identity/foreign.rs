//! Identities that others vouch for: sign-in with Google or Apple, any OpenID provider, and external identity systems.

use async_trait::async_trait;

use crate::kernel::{Email, ErrorKind, Failure, GatewayError, Timestamp};

/// Who vouches for an identity. A name of ours, stored beside the issuer's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ForeignProvider {
    /// Sign in with Google.
    Google,
    /// Sign in with Apple.
    Apple,
    /// The OpenID provider that the operator has named.
    Oidc,
}

impl ForeignProvider {
    /// Every provider.
    pub const ALL: [Self; 3] = [Self::Google, Self::Apple, Self::Oidc];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Apple => "apple",
            Self::Oidc => "oidc",
        }
    }

    /// The provider of a stored or transported name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }
}

/// What a verified token says. `(issuer, subject)` is the identity; everything else may change from one day to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignIdentity {
    /// Who signed (`iss`), as the provider spells it; where it has two spellings, always the same one of them.
    pub issuer: String,
    /// Whom it is about (`sub`).
    pub subject: String,
    /// The address, if the token names one that is an address.
    pub email: Option<Email>,
    /// Whether the issuer says that the address was shown to arrive. Apple writes it as a text now and then.
    pub email_verified: bool,
    /// Whether the issuer is the authority for the address: gmail.com or a Workspace domain (`hd` equal to the address's
    /// domain) at Google, every address at Apple, none elsewhere.
    pub email_is_authoritative: bool,
    /// Whether the address is a relay that hides the real one (Apple).
    pub email_is_private: bool,
    /// The nonce in the token, as it stands there.
    pub nonce: Option<String>,
    /// The name, if the token has one.
    pub name: Option<String>,
}

/// Why a token counts for nothing. Callers get one answer for the first two; logs tell them apart.
#[derive(Debug, thiserror::Error)]
pub enum ForeignTokenError {
    /// Form, algorithm, key, signature, issuer, audience or a claim is not what it must be.
    #[error("the identity token is not valid: {0}")]
    Refused(&'static str),
    /// Its time is over, or has not come.
    #[error("the identity token has expired")]
    Expired,
    /// The issuer's keys can't be had.
    #[error("the identity provider's keys are not available")]
    Keys(#[source] GatewayError),
}

impl Failure for ForeignTokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(_) | Self::Expired => ErrorKind::Unauthenticated,
            Self::Keys(error) => error.kind(),
        }
    }
}

/// Checks tokens of one issuer against its published keys. The algorithms that are believed come from the
/// configuration and the key, never from the token. Keys are remembered as long as the issuer allows, fetched again at
/// once for an unknown key id (but not more often than every few seconds), and one fetch serves all who wait for it.
#[async_trait]
pub trait ForeignTokens: Send + Sync {
    /// Verifies a token and reads it.
    ///
    /// # Errors
    /// [`ForeignTokenError`]
    async fn verify(&self, token: &str, now: Timestamp) -> Result<ForeignIdentity, ForeignTokenError>;
}
