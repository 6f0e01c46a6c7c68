//! Identities that others vouch for: sign-in with Google or Apple, any OpenID provider, and external identity systems.

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

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
    /// The external identity system that the operator has named: its access tokens are taken as they are.
    External,
}

impl ForeignProvider {
    /// Every provider.
    pub const ALL: [Self; 4] = [Self::Google, Self::Apple, Self::Oidc, Self::External];

    /// The stored and transported name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Apple => "apple",
            Self::Oidc => "oidc",
            Self::External => "external",
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
    /// Whether the issuer is the authority for the address, which it has verified: gmail.com or a Workspace domain (`hd`
    /// equal to the address's domain) at Google, every address at Apple, none elsewhere.
    pub email_is_authoritative: bool,
    /// Whether the address is a relay that hides the real one (Apple).
    pub email_is_private: bool,
    /// The nonce in the token, as it stands there.
    pub nonce: Option<String>,
    /// The name, if the token has one.
    pub name: Option<String>,
    /// When they last proved to the issuer who they are, if it says so. That it issued a token proves nothing: it does so
    /// every few minutes for whoever holds the device.
    pub proved_at: Option<Timestamp>,
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
    /// Whether a token says that it is by this issuer. Believes nothing and asks nobody: it only tells whose matter it is.
    fn names_issuer(&self, token: &str) -> bool;

    /// Verifies a token and reads it.
    ///
    /// # Errors
    /// [`ForeignTokenError`]
    async fn verify(&self, token: &str, now: Timestamp) -> Result<ForeignIdentity, ForeignTokenError>;
}

/// What a provider tells us unasked, and signs as it signs its tokens, about somebody who has signed in with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignNotice {
    /// The provider's id of the notice; a repetition has the same.
    pub id: String,
    /// See [`ForeignIdentity::issuer`].
    pub issuer: String,
    /// See [`ForeignIdentity::subject`].
    pub subject: String,
    /// What has happened.
    pub kind: ForeignNoticeKind,
    /// The address it is about, if it is about one.
    pub email: Option<Email>,
    /// Whether that address is a relay.
    pub email_is_private: bool,
    /// When it happened.
    pub at: Timestamp,
}

/// What a notice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForeignNoticeKind {
    /// The relay no longer passes mail on to the member.
    EmailDisabled,
    /// The relay passes mail on again.
    EmailEnabled,
    /// The member does not want to sign in to us with this provider any more; sessions that began so have to end.
    ConsentRevoked,
    /// The account at the provider is gone for good.
    AccountDeleted,
    /// Something added lately, by the provider's name: to be recorded, and nothing else.
    Unknown(String),
}

/// Believes a provider's notices or not.
#[async_trait]
pub trait ForeignNotices: Send + Sync {
    /// Verifies the body of a request to our endpoint and reads it.
    ///
    /// # Errors
    /// [`ForeignTokenError`]
    async fn verify(&self, body: &[u8], now: Timestamp) -> Result<ForeignNotice, ForeignTokenError>;
}

/// What a provider gave us to act for somebody, to be kept sealed until it is revoked.
#[derive(Debug, Clone)]
pub struct ForeignGrant {
    /// For which of our client ids.
    pub client: String,
    /// The token.
    pub refresh_token: SecretString,
}

impl ForeignGrant {
    /// All of it in one text, to be sealed at once.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}\n{}", self.client, self.refresh_token.expose_secret())
    }

    /// Reads what [`Self::expose`] wrote.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (client, token) = std::str::from_utf8(bytes).ok()?.split_once('\n')?;
        Some(Self { client: client.to_owned(), refresh_token: token.to_owned().into() })
    }
}

/// Takes and gives back what a provider lets us do for its users. Apple requires that it is given back when the account
/// is deleted.
#[async_trait]
pub trait ForeignGrants: Send + Sync {
    /// Turns the authorization code of a sign-in, which counts once and for some minutes, into a grant.
    ///
    /// # Errors
    /// [`GatewayError`]; `InvalidRequest("invalid_grant")` for a code that is used, too old or not ours. A code must not
    /// be tried again after `Timeout`.
    async fn exchange(&self, code: &str, now: Timestamp) -> Result<ForeignGrant, GatewayError>;

    /// Gives a grant back. Again is as good as once.
    ///
    /// # Errors
    /// [`GatewayError`]; after `Timeout` and `Unavailable` it may be tried again.
    async fn revoke(&self, grant: &ForeignGrant, now: Timestamp) -> Result<(), GatewayError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_read_as_it_was_written_and_anything_else_is_none() {
        let grant = ForeignGrant { client: "com.example".to_owned(), refresh_token: "r.1\n2".to_owned().into() };
        let read = ForeignGrant::read(grant.expose().as_bytes()).unwrap();
        assert_eq!((read.client.as_str(), read.refresh_token.expose_secret()), ("com.example", "r.1\n2"));
        assert!(ForeignGrant::read(b"com.example").is_none() && ForeignGrant::read(&[0xff, b'\n']).is_none());
    }
}
