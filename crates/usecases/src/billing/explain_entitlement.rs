//! Why has, or hasn't, this user that entitlement? The chain of observation, rule and state, at any instant.

use std::sync::Arc;

use hos_domain::billing::{
    AccessRule, BillingQueries, Catalog, Digest, EntitlementId, ObservationSet, Received, Subscription, derive,
};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, Clock, ErrorKind, Failure, RepositoryError, Timestamp};

/// Explains entitlements.
pub struct ExplainEntitlement {
    /// What was observed.
    pub billing: Arc<dyn BillingQueries>,
    /// What plans give.
    pub catalog: Arc<Catalog>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// Why a user has an entitlement, or not.
#[derive(Debug, Clone)]
pub struct Explanation {
    /// Which.
    pub entitlement: EntitlementId,
    /// Whether the user had it.
    pub active: bool,
    /// At this instant of business time.
    pub at: Timestamp,
    /// As far as was known at this instant of real time.
    pub known_at: Timestamp,
    /// By this version of the catalogue.
    pub catalog_version: String,
    /// Each subscription whose plan gives it; none when there never was one.
    pub reasons: Vec<Reason>,
}

/// What one subscription contributes.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The state that follows.
    pub subscription: Subscription,
    /// The rule by which it gives access or not.
    pub rule: AccessRule,
    /// What was observed, earliest first.
    pub observations: Vec<Observed>,
}

/// An observation and how it came.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Its identity.
    pub digest: Digest,
    /// What was said and how it reached us.
    pub received: Received,
}

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
pub enum ExplainEntitlementError {
    /// No plan gives such an entitlement.
    #[error("no plan gives an entitlement of this name")]
    Unknown,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ExplainEntitlementError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Unknown).then_some("ENTITLEMENT_NOT_FOUND")
    }
}

impl ExplainEntitlement {
    /// Explains the entitlement as of `at`, from what was known by `known_at`; now, unless given.
    ///
    /// # Errors
    /// [`ExplainEntitlementError`]
    pub async fn run(
        &self,
        user: UserId,
        entitlement: EntitlementId,
        at: Option<Timestamp>,
        known_at: Option<Timestamp>,
    ) -> Result<Explanation, ExplainEntitlementError> {
        if self.catalog.plans_with(&entitlement).next().is_none() {
            return Err(ExplainEntitlementError::Unknown);
        }
        let now = self.business_clock.now();
        let (asked_at, known_at) = (at, known_at.unwrap_or_else(|| self.clock.now()));
        let at = at.unwrap_or(now);
        let mut reasons = Vec::new();
        for (_, set) in self.billing.observations(user).await? {
            // What a provider's clock says a moment ahead of ours counts now as it does everywhere else.
            let until = if asked_at.is_some() { at } else { at.max(latest(&set)) };
            reasons.extend(self.reasons(&set.as_of(until, known_at), &entitlement));
        }
        let active = reasons.iter().any(|reason| reason.subscription.has_access(at));
        let catalog_version = self.catalog.version().to_owned();
        Ok(Explanation { entitlement, active, at, known_at, catalog_version, reasons })
    }

    fn reasons(&self, set: &ObservationSet, entitlement: &EntitlementId) -> Vec<Reason> {
        let standing = derive(set, &self.catalog);
        let gives = |subscription: &Subscription| {
            let plan = subscription.plan.as_ref().and_then(|plan| self.catalog.plan(plan));
            plan.is_some_and(|plan| plan.entitlements.contains(entitlement))
        };
        let evidence = |subscription: &Subscription| {
            let digests = standing.evidence.get(&subscription.provider_subscription_id).cloned().unwrap_or_default();
            let mut observed: Vec<Observed> = set
                .iter()
                .map(|received| Observed { digest: received.observation.digest(), received: received.clone() })
                .filter(|observed| digests.contains(&observed.digest))
                .collect();
            observed.sort_by_key(|observed| (observed.received.observation.as_of, observed.digest));
            observed
        };
        let reason = |subscription: &Subscription| Reason {
            rule: subscription.access.rule,
            observations: evidence(subscription),
            subscription: subscription.clone(),
        };
        standing.subscriptions.iter().filter(|subscription| gives(subscription)).map(reason).collect()
    }
}

fn latest(set: &ObservationSet) -> Timestamp {
    set.iter().map(|received| received.observation.as_of).max().unwrap_or(Timestamp::EPOCH)
}
