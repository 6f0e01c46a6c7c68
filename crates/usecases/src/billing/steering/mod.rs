//! Steering a subscription: what its owner asks for goes to the provider first, and what the provider answers is recorded
//! as anything else that was observed. Reserve, call, record: no transaction waits for a provider, nothing is half written,
//! and a repetition with the same key is the same request there.

mod cancel;
mod change_plan;
mod error;
mod pause;
mod resume;

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{BillingQueries, Gateways, Observed, Subscription, SubscriptionGateway};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, Clock, IdSource, Storage, Timestamp};
use hos_domain::platform::{AnswerKey, AuditAction, AuditEvent};
use serde::{Deserialize, Serialize};

pub use cancel::CancelSubscription;
pub use change_plan::{ChangePlan, NewPlan};
pub use error::SteerError;
pub use pause::PauseSubscription;
pub use resume::ResumeSubscription;

use super::{Providers, RecordObservations};
use crate::platform::{Reservation, keep_answer, release, reserve};

/// A reserved key lapses after this long; a provider that answers later than that is found by the same key.
pub(super) const RESERVED_FOR: Duration = Duration::from_secs(60);

/// What all verbs of a subscription need.
#[derive(Clone)]
pub struct Steer {
    /// What users have.
    pub billing: Arc<dyn BillingQueries>,
    /// Who is asked.
    pub providers: Providers,
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// Records what they answer.
    pub record: RecordObservations,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// A subscription after its owner did something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steered {
    /// As it is now.
    pub subscription: Subscription,
    /// As of when, in business time.
    pub now: Timestamp,
}

/// A subscription that can be steered, and how.
pub(super) struct Wheel {
    pub(super) subscription: Subscription,
    pub(super) gateways: Gateways,
    /// When it was taken hold of, in real time: before anything was asked of the provider.
    taken_at: Timestamp,
}

impl Wheel {
    pub(super) fn gateway(&self) -> Result<Arc<dyn SubscriptionGateway>, SteerError> {
        self.gateways.subscriptions.clone().ok_or(SteerError::NotSupported)
    }

    fn id(&self) -> &str {
        &self.subscription.provider_subscription_id
    }
}

impl Steer {
    /// The subscription that a user means: the one that gives access, else one that could again. What is over can't be
    /// steered.
    pub(super) async fn wheel(&self, user: UserId) -> Result<Wheel, SteerError> {
        let now = self.business_clock.now();
        let live = self.billing.subscriptions(user).await?.into_iter();
        let live = live.filter(|subscription| !subscription.phase.is_terminal() && subscription.is_live(now));
        let rank = |subscription: &Subscription| (subscription.has_access(now), subscription.started_at);
        let subscription = live.max_by_key(rank).ok_or(SteerError::NoSubscription)?;
        let gateways = self.providers.get(subscription.provider).map(|provider| provider.gateways.clone());
        Ok(Wheel { subscription, gateways: gateways.unwrap_or_default(), taken_at: self.clock.now() })
    }

    /// Takes the key, or gives the answer that was given to it.
    pub(super) async fn begin(&self, key: Option<&AnswerKey>) -> Result<Option<Steered>, SteerError> {
        let until = self.clock.now() + RESERVED_FOR;
        match reserve(&*self.storage, &*self.clock, key, until).await? {
            Reservation::Answered(steered) => Ok(Some(steered)),
            Reservation::Mine => Ok(None),
        }
    }

    /// Frees the key of what failed: it may be repeated at once, with the same key at the provider.
    pub(super) async fn finish(
        &self,
        key: Option<&AnswerKey>,
        outcome: Result<Steered, SteerError>,
    ) -> Result<Steered, SteerError> {
        if outcome.is_err() {
            release(&*self.storage, key).await;
        }
        outcome
    }

    /// The provider's key: derived from the client's, so that a repetition finds what was done.
    pub(super) fn provider_key(&self, key: Option<&AnswerKey>) -> String {
        key.map_or_else(|| format!("hos-{}", self.ids.uuid()), AnswerKey::derived)
    }

    /// Records what the provider answered about a subscription, and notes the deed; one commit with the kept answer.
    pub(super) async fn keep(
        &self,
        user: UserId,
        wheel: &Wheel,
        observed: Observed,
        deed: AuditEvent,
        key: Option<&AnswerKey>,
    ) -> Result<Steered, SteerError> {
        let observations = observed?;
        let tx = self.storage.begin().await?;
        let standings = self.record.answered(&*tx, observations, wheel.taken_at).await?;
        let mut all = standings.into_iter().flat_map(|standing| standing.subscriptions);
        let subscription = all.find(|subscription| subscription.provider_subscription_id == wheel.id());
        let subscription = subscription.unwrap_or_else(|| wheel.subscription.clone());
        let steered = Steered { subscription, now: self.business_clock.now() };
        tx.audit().note(AuditEvent { actor: Some(user), ..deed }.with("subscription", wheel.id()));
        if let Some(key) = key {
            keep_answer(&*tx, &*self.clock, key, &steered).await?;
        }
        tx.commit().await?;
        Ok(steered)
    }

    pub(super) fn deed(&self, user: UserId, action: AuditAction) -> AuditEvent {
        AuditEvent::own(action, user, self.clock.now())
    }
}
