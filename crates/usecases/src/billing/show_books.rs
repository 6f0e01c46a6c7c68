//! What stands in the books.

use std::sync::Arc;

use hos_domain::billing::{Environment, JournalQueries, TrialBalance};
use hos_domain::kernel::{BusinessClock, Stored, Timestamp};

/// Shows the books.
pub struct ShowBooks {
    /// The books.
    pub journal: Arc<dyn JournalQueries>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

impl ShowBooks {
    /// What stands in each account at an instant, now unless given, and as of when. Books that don't come to 0 are reported
    /// to the operator.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn balance(&self, environment: Environment, at: Option<Timestamp>) -> Stored<(Timestamp, TrialBalance)> {
        let at = at.unwrap_or_else(|| self.business_clock.now());
        let balance = self.journal.trial_balance(environment, at).await?;
        for sum in balance.unbalanced() {
            tracing::error!(%sum, environment = environment.name(), "the books don't come to 0");
        }
        Ok((at, balance))
    }
}
