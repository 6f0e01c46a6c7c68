//! A user ends a session.

use std::sync::Arc;

use hos_domain::identity::{SessionDirectory, SessionId, UserId};
use hos_domain::kernel::{Clock, Storage, Stored};
use hos_domain::platform::{AuditAction, AuditEvent};

/// Ends sessions.
pub struct LogOut {
    /// Where sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the end.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl LogOut {
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
