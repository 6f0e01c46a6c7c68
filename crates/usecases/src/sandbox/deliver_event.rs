//! An event of the sandbox goes to our own webhook endpoint, over real HTTP.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{RepositoryError, Storage};
use hos_domain::platform::{Lease, Queue};
use hos_domain::sandbox::WebhookDelivery;
use serde::{Deserialize, Serialize};

use crate::platform::{JobError, JobPayload, Runner};

/// Delivers one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliverEventJob {
    /// The sandbox's id of it.
    pub event: String,
}

impl JobPayload for DeliverEventJob {
    const NAME: &'static str = "sandbox.deliver_event";
    const QUEUE: Queue = Queue::Webhooks;
    /// As stubborn as a real provider.
    const MAX_TRIES: u16 = 15;
    const FIRST_BACKOFF: Duration = Duration::from_secs(5);
}

/// Delivers events.
pub struct DeliverEvent {
    /// Where events are kept.
    pub storage: Arc<dyn Storage>,
    /// The way to our endpoint.
    pub delivery: Arc<dyn WebhookDelivery>,
}

#[async_trait]
impl Runner for DeliverEvent {
    type Payload = DeliverEventJob;

    async fn run(&self, job: DeliverEventJob, lease: &Lease) -> Result<(), JobError> {
        let event = self.storage.begin().await?.sandbox().find_event(&job.event).await?;
        let event = event.ok_or_else(|| RepositoryError::Corrupt("the sandbox event is gone".to_owned()))?;
        // Whatever the endpoint says, a provider tries again.
        self.delivery.deliver(&event).await.map_err(|error| JobError::Retry(error.to_string()))?;
        let tx = self.storage.begin().await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
