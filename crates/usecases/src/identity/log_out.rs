//! A user ends a session.

use std::sync::Arc;

use hos_domain::identity::{SessionDirectory, SessionId};
use hos_domain::kernel::{Clock, Storage, Stored};

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
    pub async fn run(&self, session: SessionId) -> Stored<()> {
        let tx = self.storage.begin().await?;
        tx.sessions().revoke(session, self.clock.now()).await?;
        tx.commit().await?;
        self.sessions.closed(session);
        Ok(())
    }
}
