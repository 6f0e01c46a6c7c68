//! A stored webhook is read, and what it says recorded. The job, the record and everything that follows commit at once.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::billing::{Source, Translated, WebhookOutcome};
use hos_domain::kernel::{Clock, RepositoryError, Storage};
use hos_domain::platform::Lease;

use super::{ProcessWebhookJob, Providers, RecordObservations};
use crate::platform::{JobError, Runner};

/// Reads stored webhooks.
pub struct ProcessWebhook {
    /// Who can read them.
    pub providers: Providers,
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// Records what they say.
    pub record: RecordObservations,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for ProcessWebhook {
    type Payload = ProcessWebhookJob;

    async fn run(&self, job: ProcessWebhookJob, lease: &Lease) -> Result<(), JobError> {
        let tx = self.storage.begin().await?;
        let event = tx.webhooks().find(job.event).await?;
        let event = event.ok_or_else(|| RepositoryError::Corrupt("the webhook event is gone".to_owned()))?;
        let provider = self.providers.get(event.provider);
        let provider = provider.ok_or_else(|| JobError::Retry("this provider is not set up any more".to_owned()))?;
        // Pure and quick, so it may stand inside the unit.
        let outcome = match provider.translator.translate(&event)? {
            Translated::Observations(observations) => {
                WebhookOutcome::Observed(self.record.run(&*tx, observations, Source::Webhook).await?)
            }
            Translated::Ignored(why) => WebhookOutcome::Ignored(why.to_owned()),
            Translated::Unknown(what) => {
                tracing::error!(
                    what,
                    kind = event.kind,
                    provider = event.provider.name(),
                    "a webhook says something new"
                );
                WebhookOutcome::Unknown(what)
            }
        };
        tx.webhooks().settle(event.id, &outcome, self.clock.now()).await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
