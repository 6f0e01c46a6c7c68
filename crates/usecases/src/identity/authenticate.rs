//! Who sends this request? Asked for every request that carries a token, an API key or a cookie.

use std::sync::Arc;

use hos_domain::identity::{
    AccessClaims, AccessTokens, ApiKeyDirectory, ApiKeyId, ApiKeyText, Rights, Role, Scope, Scopes, SessionDirectory,
    SessionId, SessionKind, TokenRefused, UserId,
};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, Invalid, RepositoryError, Timestamp};

/// Reads access tokens and API keys.
pub struct Authenticate {
    /// Checks the signature.
    pub tokens: Arc<dyn AccessTokens>,
    /// Knows which sessions were ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Knows which keys count.
    pub keys: Arc<dyn ApiKeyDirectory>,
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
    /// On which device.
    pub session: SessionId,
    /// With which permissions.
    pub role: Role,
}

impl Caller {
    const fn of(claims: &AccessClaims) -> Self {
        Self { user: claims.user, session: claims.session, role: claims.role }
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
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) | Self::SessionEnded | Self::Key => ErrorKind::Unauthenticated,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl Authenticate {
    /// Believes a token that is ours, in time, and of a session that is still open; and a key that counts.
    ///
    /// # Errors
    /// [`AuthenticateError`]
    pub async fn run(&self, token: &str) -> Result<Sender, AuthenticateError> {
        let now = self.clock.now();
        if token.starts_with(ApiKeyText::MARK) {
            return self.key(token, now).await;
        }
        let claims = self.claims(token, SessionKind::Native, now).await?;
        Ok(match claims.rights {
            Rights::Full => Sender::User(Caller::of(&claims)),
            Rights::Only(scopes) => {
                Sender::Delegate(Delegate { user: claims.user, scopes, key: None, actor: claims.actor })
            }
        })
    }

    /// The same for what a browser sent as a cookie: no API key and no token of an app or a device counts there.
    ///
    /// # Errors
    /// [`AuthenticateError`]
    pub async fn cookie(&self, token: &str) -> Result<Caller, AuthenticateError> {
        let claims = self.claims(token, SessionKind::Browser, self.clock.now()).await?;
        match claims.rights {
            Rights::Full => Ok(Caller::of(&claims)),
            Rights::Only(_) => Err(AuthenticateError::Token(TokenRefused::Invalid)),
        }
    }

    async fn claims(&self, token: &str, kind: SessionKind, now: Timestamp) -> Result<AccessClaims, AuthenticateError> {
        let claims = self.tokens.verify(token, now).map_err(AuthenticateError::Token)?;
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
