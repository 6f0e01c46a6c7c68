//! A subscription is not to go on, whoever decided it: its user has deleted the account, or got their money back. Asked of
//! the provider by a job, so that it is done even when the provider is away just then.

use async_trait::async_trait;
use hos_domain::billing::{CancelAt, Phase, Subscription};
use hos_domain::identity::UserId;
use hos_domain::kernel::Failure;
use hos_domain::platform::{Lease, Queue};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::Steer;
use crate::platform::{JobError, JobPayload, Runner};

/// Stops the renewal of what a user pays for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRenewalJob {
    /// Whose.
    pub user: UserId,
    /// The provider's id of the one that is meant; all of them unless given.
    pub subscription: Option<String>,
}

impl JobPayload for StopRenewalJob {
    const NAME: &'static str = "billing.stop_renewal";
    const QUEUE: Queue = Queue::Normal;
    /// Nobody is charged again because a provider was away for a day.
    const MAX_TRIES: u16 = 12;
    const FIRST_BACKOFF: Duration = Duration::from_secs(60);

    fn dedupe_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.user, self.subscription.as_deref().unwrap_or_default()))
    }
}

/// Stops renewals.
pub struct StopRenewal {
    /// How.
    pub steer: Steer,
}

#[async_trait]
impl Runner for StopRenewal {
    type Payload = StopRenewalJob;

    async fn run(&self, job: StopRenewalJob, lease: &Lease) -> Result<(), JobError> {
        let (steer, asked_at) = (&self.steer, self.steer.clock.now());
        let meant = |one: &Subscription| job.subscription.as_ref().is_none_or(|id| *id == one.provider_subscription_id);
        let goes_on = |one: &Subscription| !one.phase.is_terminal() && one.cancel_at.is_none();
        let subscriptions = steer.billing.subscriptions(job.user).await?.into_iter();
        let mut observations = Vec::new();
        for subscription in subscriptions.filter(|one| meant(one) && goes_on(one)) {
            let gateways = steer.providers.get(subscription.provider).map(|provider| &provider.gateways);
            let Some(gateway) = gateways.and_then(|gateways| gateways.subscriptions.clone()) else {
                let provider = subscription.provider.name();
                return Err(JobError::Retry(format!("{provider} can't be asked to stop a renewal: it is not set up")));
            };
            // What is asked does not depend on when it is asked, so one key does for every try.
            let key = format!("hos-stop-{}-{}", lease.job, subscription.provider_subscription_id);
            // What was never paid has no period to end with.
            let when = if subscription.phase == Phase::Pending { CancelAt::Once } else { CancelAt::PeriodEnd };
            let said = gateway.cancel(&subscription.provider_subscription_id, when, &key).await;
            observations.extend(said.map_err(|error| match error.kind() {
                hos_domain::kernel::ErrorKind::Unprocessable => JobError::Fail(error.to_string()),
                _ => JobError::Retry(error.to_string()),
            })?);
        }
        let tx = steer.storage.begin().await?;
        steer.record.answered(&*tx, observations, asked_at).await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
