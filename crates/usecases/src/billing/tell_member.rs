//! A member is told of a fact about their billing, in the words of today: what is no longer so is not told.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::billing::{BillingQueries, Catalog, NoticeKind, Subscription};
use hos_domain::kernel::{BusinessClock, Clock, IdSource, Storage, Timestamp};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::Lease;

use super::TellMemberJob;
use crate::messaging::notify;
use crate::platform::{JobError, Runner};

/// Tells members.
pub struct TellMember {
    /// Where they stand today.
    pub billing: Arc<dyn BillingQueries>,
    /// What their plans are called.
    pub catalog: Arc<Catalog>,
    /// Where the message is left.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

#[async_trait]
impl Runner for TellMember {
    type Payload = TellMemberJob;

    async fn run(&self, job: TellMemberJob, lease: &Lease) -> Result<(), JobError> {
        let kind = job.notice_kind().ok_or_else(|| JobError::Fail(format!("{} is no notice any more", job.kind)))?;
        let tx = self.storage.begin().await?;
        let user = tx.merges().holder(job.user).await?;
        let subscriptions = self.billing.subscriptions(user).await?;
        let message = self.message(&job, kind, &subscriptions, self.business_clock.now());
        match message {
            Some(message) => notify(&*tx, &*self.ids, user, message, self.clock.now()).await?,
            None => tracing::info!(key = job.key, "a notice was dropped: it is no longer so"),
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

impl TellMember {
    /// The message, unless the fact is superseded.
    fn message(
        &self,
        job: &TellMemberJob,
        kind: NoticeKind,
        subscriptions: &[Subscription],
        now: Timestamp,
    ) -> Option<Message> {
        // The key of a fact about a subscription ends in its id.
        let about = subscriptions.iter().find(|subscription| job.key.ends_with(&subscription.provider_subscription_id));
        let plan =
            about.and_then(|subscription| self.catalog.plan(subscription.plan.as_ref()?)).map(|plan| plan.name.clone());
        let plan = ("plan", plan.unwrap_or_default());
        let day = |at: Option<Timestamp>| {
            at.map(|at| at.to_string().chars().take(10).collect::<String>()).unwrap_or_default()
        };
        let (template, args) = match kind {
            NoticeKind::SubscriptionActive => {
                let subscription = about.filter(|subscription| subscription.has_access(now))?;
                (Template::SubscriptionActive, vec![plan, ("until", day(subscription.paid_through))])
            }
            NoticeKind::PaymentFailed => {
                let subscription = about.filter(|subscription| subscription.is_in_grace_period(now))?;
                (Template::PaymentFailed, vec![plan, ("until", day(subscription.grace_until))])
            }
            NoticeKind::SubscriptionEnded => (Template::SubscriptionEnded, vec![plan]),
            NoticeKind::PaymentReceived => {
                (Template::PaymentReceived, vec![("amount", job.money.map(|money| money.to_string())?)])
            }
        };
        let args = args.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>();
        Some(Message { template, args })
    }
}
