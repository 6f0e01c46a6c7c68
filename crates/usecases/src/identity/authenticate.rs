//! Who sends this request? Asked for every request that carries a token, an API key or a cookie.

use std::sync::Arc;

use hos_domain::identity::{
    AccessClaims, AccessTokens, ApiKeyDirectory, ApiKeyId, ApiKeyText, Rights, Role, Scope, Scopes, SessionDirectory,
    SessionId, SessionKind, TokenRefused, UserId,
};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, Invalid, RepositoryError, Timestamp};

use super::believe_issuer::{BelieveIssuer, BelieveIssuerError};

/// Reads access tokens and API keys.
pub struct Authenticate {
    /// Checks the signature.
    pub tokens: Arc<dyn AccessTokens>,
    /// Knows which sessions were ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Knows which keys count.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Believes the external identity system, if the operator has named one.
    pub issuer: Option<BelieveIssuer>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Who is believed to have sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A user who has logged in: they may do all that their role may.
    User(Caller),
    /// Something that a user lets act for them.
    Delegate(Delegate),
}

/// A user behind a request, in person: no key and no device with scopes ever becomes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// How they have logged in.
    pub login: Login,
    /// With which permissions.
    pub role: Role,
}

/// How a user in person has logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// With us, on a device.
    Session(SessionId),
    /// At the external identity system, which knows the session; we don't.
    AtIssuer {
        /// When they last proved there who they are, if it says so.
        proved_at: Option<Timestamp>,
    },
}

impl Caller {
    const fn of(claims: &AccessClaims) -> Self {
        Self { user: claims.user, login: Login::Session(claims.session), role: claims.role }
    }

    /// The session, if it is one of ours.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self.login {
            Login::Session(session) => Some(session),
            Login::AtIssuer { .. } => None,
        }
    }
}

/// An API key or a device behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delegate {
    /// For whom it acts.
    pub user: UserId,
    /// What it may do.
    pub scopes: Scopes,
    /// Which key, if it is one.
    pub key: Option<ApiKeyId>,
    /// Who acts in the user's place, if somebody does.
    pub actor: Option<UserId>,
}

/// Why a sender who is believed may not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutOfScope {
    /// A key or device that has not been given this scope.
    #[error("this key or device does not have the scope {0}")]
    Lacks(Scope),
    /// A key or device, where there is no scope to be given.
    #[error("no key and no device may do this, whatever its scopes; log in yourself")]
    InPersonOnly,
}

impl Failure for OutOfScope {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Forbidden
    }

    fn code(&self) -> Option<&'static str> {
        Some("SCOPE_REQUIRED")
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Lacks(scope) => vec![Detail::new("scope", Invalid::new(scope.name(), scope.words()))],
            Self::InPersonOnly => Vec::new(),
        }
    }
}

impl Sender {
    /// For whom the request acts.
    #[must_use]
    pub const fn user(&self) -> UserId {
        match self {
            Self::User(caller) => caller.user,
            Self::Delegate(delegate) => delegate.user,
        }
    }

    /// The API key that was sent, if it was one.
    #[must_use]
    pub const fn key(&self) -> Option<ApiKeyId> {
        match self {
            Self::User(_) => None,
            Self::Delegate(delegate) => delegate.key,
        }
    }

    /// Who acts in the user's place, if somebody does.
    #[must_use]
    pub const fn actor(&self) -> Option<UserId> {
        match self {
            Self::User(_) => None,
            Self::Delegate(delegate) => delegate.actor,
        }
    }

    /// The user in person.
    ///
    /// # Errors
    /// [`OutOfScope::InPersonOnly`]
    pub const fn in_person(self) -> Result<Caller, OutOfScope> {
        match self {
            Self::User(caller) => Ok(caller),
            Self::Delegate(_) => Err(OutOfScope::InPersonOnly),
        }
    }

    /// The user, for whom this sender may do what the scope allows.
    ///
    /// # Errors
    /// [`OutOfScope::Lacks`]
    pub const fn within(self, scope: Scope) -> Result<UserId, OutOfScope> {
        match self {
            Self::Delegate(delegate) if !delegate.scopes.contains(scope) => Err(OutOfScope::Lacks(scope)),
            _ => Ok(self.user()),
        }
    }
}

/// Why nobody is believed to have sent this.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The token does not count.
    #[error("the access token is missing, expired or not valid")]
    Token(#[source] TokenRefused),
    /// The session was ended.
    #[error("this session has ended; log in again")]
    SessionEnded,
    /// No key of ours, one that was revoked, or one whose time is over.
    #[error("the API key is wrong or no longer counts")]
    Key,
    /// A token of the external identity system that lets nobody in.
    #[error(transparent)]
    Issuer(#[from] BelieveIssuerError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) | Self::SessionEnded | Self::Key => ErrorKind::Unauthenticated,
            Self::Issuer(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        if let Self::Issuer(error) = self { error.code() } else { None }
    }
}

impl Authenticate {
    /// Believes a token that is ours, in time, and of a session that is still open; a key that counts; and a token that
    /// says it is the external identity system's, if that is so.
    ///
    /// # Errors
    /// [`AuthenticateError`]
    pub async fn run(&self, token: &str) -> Result<Sender, AuthenticateError> {
        let now = self.clock.now();
        if token.starts_with(ApiKeyText::MARK) {
            return self.key(token, now).await;
        }
        let claims = match self.tokens.verify(token, now) {
            Ok(claims) => self.claims(claims, SessionKind::Native, now).await?,
            Err(refused) => match self.issuer.as_ref().filter(|issuer| issuer.tokens.names_issuer(token)) {
                Some(issuer) => return Ok(Sender::User(issuer.run(token, now).await?)),
                None => return Err(AuthenticateError::Token(refused)),
            },
        };
        Ok(match claims.rights {
            Rights::Full => Sender::User(Caller::of(&claims)),
            Rights::Only(scopes) => {
                Sender::Delegate(Delegate { user: claims.user, scopes, key: None, actor: claims.actor })
            }
        })
    }

    /// The same for what a browser sent as a cookie: no API key and no token of an app, a device or an external identity
    /// system counts there.
    ///
    /// # Errors
    /// [`AuthenticateError`]
    pub async fn cookie(&self, token: &str) -> Result<Caller, AuthenticateError> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, now).map_err(AuthenticateError::Token)?;
        let claims = self.claims(claims, SessionKind::Browser, now).await?;
        match claims.rights {
            Rights::Full => Ok(Caller::of(&claims)),
            Rights::Only(_) => Err(AuthenticateError::Token(TokenRefused::Invalid)),
        }
    }

    /// Claims count where their session keeps them, as long as it lives.
    async fn claims(
        &self,
        claims: AccessClaims,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<AccessClaims, AuthenticateError> {
        if claims.kind != kind {
            return Err(AuthenticateError::Token(TokenRefused::Invalid));
        }
        if !self.sessions.is_live(claims.session, now).await? {
            return Err(AuthenticateError::SessionEnded);
        }
        Ok(claims)
    }

    async fn key(&self, text: &str, now: Timestamp) -> Result<Sender, AuthenticateError> {
        let hash = ApiKeyText::read(text).ok_or(AuthenticateError::Key)?.hash();
        let key = self.keys.find(&hash, now).await?.ok_or(AuthenticateError::Key)?;
        Ok(Sender::Delegate(Delegate { user: key.user, scopes: key.scopes, key: Some(key.id), actor: None }))
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{Client, Scopes};
    use hos_testing::{Stage, StageUser};
    use rstest::rstest;

    use super::super::stage::{cookie_of, open_session, sender_of};
    use super::*;

    async fn token(stage: &Stage, kind: SessionKind, rights: Rights) -> String {
        let user = stage.user(StageUser::named("ada")).await;
        let client = Client { kind, ..Client::default() };
        let tx = stage.storage().begin().await.unwrap();
        let opened = open_session(stage).with_rights(&*tx, user, &client, "test", rights).await.unwrap();
        tx.commit().await.unwrap();
        opened.tokens.access
    }

    #[rstest]
    #[case::an_apps(SessionKind::Native, Rights::Full, true, false)]
    #[case::a_browsers(SessionKind::Browser, Rights::Full, false, true)]
    #[case::a_devices(SessionKind::Native, Rights::Only(Scopes::default()), true, false)]
    #[case::a_browsers_with_scopes(SessionKind::Browser, Rights::Only(Scopes::default()), false, false)]
    #[tokio::test]
    async fn a_token_counts_only_where_its_session_keeps_it(
        #[case] kind: SessionKind,
        #[case] rights: Rights,
        #[case] in_header: bool,
        #[case] in_cookie: bool,
    ) {
        let stage = Stage::new().await;
        let token = token(&stage, kind, rights).await;
        assert_eq!(sender_of(&stage, &token).await.is_ok(), in_header);
        assert_eq!(cookie_of(&stage, &token).await.is_ok(), in_cookie);
    }
}
