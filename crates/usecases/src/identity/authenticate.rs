//! Who sends this request? Asked for every request that carries a token.

use std::sync::Arc;

use hos_domain::identity::{AccessTokens, Role, SessionDirectory, SessionId, TokenRefused, UserId};
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError};

/// Reads access tokens.
pub struct Authenticate {
    /// Checks the signature.
    pub tokens: Arc<dyn AccessTokens>,
    /// Knows which sessions were ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// A user behind a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub user: UserId,
    /// On which device.
    pub session: SessionId,
    /// With which permissions.
    pub role: Role,
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
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AuthenticateError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Token(_) | Self::SessionEnded => ErrorKind::Unauthenticated,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl Authenticate {
    /// Believes a token that is ours, in time, and of a session that is still open.
    ///
    /// # Errors
    /// [`AuthenticateError`]
    pub async fn run(&self, token: &str) -> Result<Caller, AuthenticateError> {
        let now = self.clock.now();
        let claims = self.tokens.verify(token, now).map_err(AuthenticateError::Token)?;
        if !self.sessions.is_live(claims.session, now).await? {
            return Err(AuthenticateError::SessionEnded);
        }
        Ok(Caller { user: claims.user, session: claims.session, role: claims.role })
    }
}
