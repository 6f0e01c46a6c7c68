//! A user ends sessions on other devices: a lost phone, or everything at once.

use std::sync::Arc;

use hos_domain::identity::{SessionDirectory, SessionId, UserId};
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage, Stored};
use hos_domain::platform::{AuditAction, AuditEvent};

/// Ends sessions.
pub struct EndSessions {
    /// Where sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the end.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why a session was not ended.
#[derive(Debug, thiserror::Error)]
pub enum EndSessionError {
    /// The user has no live session with this id.
    #[error("there is no such session")]
    Unknown,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for EndSessionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl EndSessions {
    /// Ends one of the user's sessions.
    ///
    /// # Errors
    /// [`EndSessionError`]
    pub async fn one(&self, user: UserId, session: SessionId) -> Result<(), EndSessionError> {
        let tx = self.storage.begin().await?;
        if !tx.sessions().revoke_of(user, session, self.clock.now()).await? {
            return Err(EndSessionError::Unknown);
        }
        let event = AuditEvent::own(AuditAction::LoggedOut, user, self.clock.now());
        tx.audit().note(event.with("session", session.to_string()));
        tx.commit().await?;
        self.sessions.closed(session);
        Ok(())
    }

    /// Ends all of them, the present one too.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn all(&self, user: UserId) -> Stored<()> {
        let tx = self.storage.begin().await?;
        let ended = tx.sessions().revoke_all(user, None, self.clock.now()).await?;
        let event = AuditEvent::own(AuditAction::LoggedOut, user, self.clock.now());
        tx.audit().note(event.with("session", "all"));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        Ok(())
    }
}
