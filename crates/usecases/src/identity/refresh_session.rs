//! A client exchanges its refresh token for the next pair. Each token works once; a second use ends the session, unless
//! it is the same client that lost our answer (same key, within a minute) or raced with itself (another key, at once).

use std::sync::Arc;

use hos_domain::identity::{
    AccessTokens, CsrfTokens, RefreshToken, RefreshUse, Session, SessionDirectory, SessionKind, StoredRefreshToken,
    UserStatus,
};
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage, Timestamp, UnitOfWork};
use hos_domain::platform::{AnswerKey, AnswerState, AuditAction, AuditEvent, Fingerprint};

use super::open_session::{SignedIn, TokenPair, claims};

/// Carries sessions on.
pub struct RefreshSession {
    /// Where sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Signs the access token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Learns when a family is ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Knows a page of ours from another's.
    pub csrf: Arc<dyn CsrfTokens>,
    /// Secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// A refresh token, and the client's idempotency key if it sent one.
#[derive(Debug, Clone)]
pub struct RefreshRequest {
    /// What the client was given.
    pub token: RefreshToken,
    /// Lets a client that lost our answer ask again.
    pub key: Option<String>,
    /// How it was sent.
    pub sent_as: SentAs,
}

/// How a refresh token was sent: it counts only as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentAs {
    /// By an app, in a body.
    Body,
    /// By a browser.
    Cookie {
        /// What the page sent to show that the request is its own.
        csrf: Option<String>,
    },
}

/// Why there is no next pair.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Unknown, expired, or of an ended session.
    #[error("the refresh token is not valid; log in again")]
    Refused,
    /// The browser may have been made to send it by another's page.
    #[error("the request does not carry the CSRF token of this session")]
    Forged,
    /// It was used before. The whole session has been ended.
    #[error("the refresh token was used twice, so the session was ended; log in again")]
    Reused,
    /// The client refreshes twice at once with different keys.
    #[error("this session is being refreshed already")]
    Race,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused | Self::Reused => ErrorKind::Unauthenticated,
            Self::Forged => ErrorKind::Forbidden,
            Self::Race => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Forged => Some("CSRF_TOKEN_INVALID"),
            Self::Reused => Some("REFRESH_TOKEN_REUSED"),
            Self::Race => Some("REFRESH_IN_PROGRESS"),
            _ => None,
        }
    }
}

impl RefreshSession {
    /// Exchanges the token.
    ///
    /// # Errors
    /// [`RefreshError`]
    pub async fn run(&self, request: RefreshRequest) -> Result<SignedIn, RefreshError> {
        let now = self.clock.now();
        let tx = self.storage.begin().await?;
        let stored = tx.sessions().find_token(&request.token.hash()).await?.ok_or(RefreshError::Refused)?;
        if !stored.session.is_live(now) || now >= stored.expires_at {
            return Err(RefreshError::Refused);
        }
        // Before anything comes of the token, even its end: a forged request must not be able to log anybody out.
        self.judge(&request.sent_as, &stored.session)?;
        let successor = match &stored.used {
            None => self.rotate(&*tx, &request, &stored, now).await?,
            Some(earlier) if earlier.is_repetition(request.key.as_deref(), now) => {
                successor_again(&*tx, &request, now).await?
            }
            Some(earlier) if earlier.is_race(request.key.as_deref(), now) => return Err(RefreshError::Race),
            Some(_) => return self.end_family(tx, &stored, now).await,
        };
        let user = tx.users().find(stored.session.user).await?.ok_or(RefreshError::Refused)?;
        if user.status != UserStatus::Active {
            return Err(RefreshError::Refused);
        }
        tx.commit().await?;
        let access = self.tokens.issue(&claims(&user, &stored.session, now));
        Ok(SignedIn { user, tokens: TokenPair { access, refresh: successor }, session: stored.session })
    }

    fn judge(&self, sent_as: &SentAs, session: &Session) -> Result<(), RefreshError> {
        match (sent_as, session.kind) {
            (SentAs::Body, SessionKind::Native) => Ok(()),
            (SentAs::Cookie { csrf }, SessionKind::Browser) => {
                let is_ours = csrf.as_deref().is_some_and(|csrf| self.csrf.is_csrf_token(session.id, csrf));
                if is_ours { Ok(()) } else { Err(RefreshError::Forged) }
            }
            _ => Err(RefreshError::Refused),
        }
    }

    async fn rotate(
        &self,
        tx: &dyn UnitOfWork,
        request: &RefreshRequest,
        stored: &StoredRefreshToken,
        now: Timestamp,
    ) -> Result<RefreshToken, RefreshError> {
        let successor = RefreshToken::from_secret(self.ids.secret());
        let hash = request.token.hash();
        tx.sessions().rotate(&hash, request.key.as_deref(), &stored.session, &successor.hash(), now).await?;
        if let Some(key) = answer_key(request) {
            let until = now + RefreshUse::REPEATABLE_FOR;
            tx.answers().keep(&key, successor.expose().as_bytes(), now, until).await?;
        }
        Ok(successor)
    }

    async fn end_family(
        &self,
        tx: Box<dyn UnitOfWork>,
        stored: &StoredRefreshToken,
        now: Timestamp,
    ) -> Result<SignedIn, RefreshError> {
        tx.sessions().revoke(stored.session.id, now).await?;
        let event = AuditEvent::by_stranger(AuditAction::RefreshReused, Some(stored.session.user), now);
        tx.audit().note(event.with("session", stored.session.id.to_string()));
        tx.commit().await?;
        self.sessions.closed(stored.session.id);
        tracing::warn!(session = %stored.session.id, user = %stored.session.user, "a refresh token was used twice; session ended");
        Err(RefreshError::Reused)
    }
}

async fn successor_again(
    tx: &dyn UnitOfWork,
    request: &RefreshRequest,
    now: Timestamp,
) -> Result<RefreshToken, RefreshError> {
    let key = answer_key(request).ok_or(RefreshError::Refused)?;
    match tx.answers().find(&key, now).await?.map(|kept| kept.state) {
        Some(AnswerState::Answered(token)) => Ok(RefreshToken::from_client(&String::from_utf8_lossy(&token))),
        _ => Err(RefreshError::Race),
    }
}

/// The successor is kept, sealed, under the token it was exchanged for: who knows that token may see it again.
fn answer_key(request: &RefreshRequest) -> Option<AnswerKey> {
    let hash = request.token.hash();
    Some(AnswerKey {
        principal: format!("refresh:{}", hash.to_hex()),
        route: "refresh".to_owned(),
        key: request.key.clone()?,
        fingerprint: Fingerprint::of(hash.as_bytes()),
    })
}

#[cfg(test)]
mod tests;
