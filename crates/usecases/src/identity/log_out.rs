//! A user ends a session.

use std::sync::Arc;

use hos_domain::identity::{SessionDirectory, SessionId, UserId};
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage, Stored};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;

/// Ends sessions.
pub struct LogOut {
    /// Where sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the end.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why nobody was logged out.
#[derive(Debug, thiserror::Error)]
pub enum LogOutError {
    /// The session is at the external identity system, and ends there.
    #[error("this token is your identity provider's; log out there")]
    AtIssuer,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for LogOutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::AtIssuer => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::AtIssuer).then_some("LOG_OUT_AT_ISSUER")
    }
}

impl LogOut {
    /// Ends the caller's own session.
    ///
    /// # Errors
    /// [`LogOutError`]
    pub async fn leave(&self, caller: Caller) -> Result<(), LogOutError> {
        let session = caller.session().ok_or(LogOutError::AtIssuer)?;
        Ok(self.run(caller.user, session).await?)
    }

    /// Ends the session with all its tokens. Ending it twice is no error.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, user: UserId, session: SessionId) -> Stored<()> {
        let tx = self.storage.begin().await?;
        let now = self.clock.now();
        tx.sessions().revoke(session, now).await?;
        let event = AuditEvent::own(AuditAction::LoggedOut, user, now);
        tx.audit().note(event.with("session", session.to_string()));
        tx.commit().await?;
        self.sessions.closed(session);
        Ok(())
    }
}
