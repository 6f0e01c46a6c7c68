//! The catalogue was edited, test purchases no longer count, or a version of the product brought other rules: every
//! standing that followed from the old ones is derived anew from its observations, a few at a time.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, IdSource, Storage, Stored};
use hos_domain::platform::Lease;

use super::{DeriveAnewJob, RecordObservations};
use crate::platform::{JobError, Runner, enqueue};

/// A unit of work is not to hold others up.
const AT_ONCE: u64 = 50;

/// Derives anew what was derived by other rules.
#[derive(Clone)]
pub struct DeriveAnew {
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// Derives.
    pub record: RecordObservations,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl DeriveAnew {
    /// Leaves a job behind if anything was derived by other rules than those of this process.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn begin(&self) -> Stored<()> {
        let tx = self.storage.begin().await?;
        if tx.subjects().outdated(&self.record.catalog.rules(), 1).await?.is_empty() {
            return Ok(());
        }
        enqueue(&*tx, &*self.ids, &DeriveAnewJob {}, self.clock.now()).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Runner for DeriveAnew {
    type Payload = DeriveAnewJob;

    async fn run(&self, job: DeriveAnewJob, lease: &Lease) -> Result<(), JobError> {
        let tx = self.storage.begin().await?;
        let subjects = tx.subjects().outdated(&self.record.catalog.rules(), AT_ONCE).await?;
        for subject in &subjects {
            self.record.settle(&*tx, subject).await?;
        }
        tx.outbox().complete(lease).await?;
        if !subjects.is_empty() {
            enqueue(&*tx, &*self.ids, &job, self.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
