//! Where a member stands: their subscription, what they may do, and how much of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::billing::{BillingQueries, Catalog, HeldEntitlement, Holdings, LimitId, Plan, Subscription, held};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, Stored, Timestamp};

/// Shows where members stand.
pub struct ShowStanding {
    /// What was derived.
    pub billing: Arc<dyn BillingQueries>,
    /// What plans allow.
    pub catalog: Arc<Catalog>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// Where a member stands.
#[derive(Debug, Clone)]
pub struct MemberStanding {
    /// As of when, in business time.
    pub now: Timestamp,
    /// The subscription that matters: one that gives access, else one that could, else the latest.
    pub subscription: Option<Subscription>,
    /// What the member may do or might have done.
    pub entitlements: Vec<HeldEntitlement>,
    /// How much; -1 is without limit.
    pub limits: BTreeMap<LimitId, i64>,
}

impl ShowStanding {
    /// Shows it.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn run(&self, user: UserId) -> Stored<MemberStanding> {
        let now = self.business_clock.now();
        let Holdings { subscriptions, entitlements } = self.billing.holdings(user).await?;
        let entitlements = held(&entitlements, now);
        let rank = |subscription: &Subscription| {
            (subscription.has_access(now), subscription.is_live(now), subscription.started_at)
        };
        let limits = self.limits(&entitlements);
        Ok(MemberStanding { now, subscription: subscriptions.into_iter().max_by_key(rank), entitlements, limits })
    }

    /// Of the limits of all plans that the member has, the largest each. Everybody has the free plan.
    fn limits(&self, entitlements: &[HeldEntitlement]) -> BTreeMap<LimitId, i64> {
        let has = |plan: &&Plan| {
            plan.prices.is_empty()
                || entitlements.iter().any(|held| held.active && held.entitlement.as_str() == plan.id.as_str())
        };
        let mut limits: BTreeMap<LimitId, i64> = BTreeMap::new();
        for (limit, value) in self.catalog.plans().iter().filter(has).flat_map(|plan| &plan.limits) {
            let known = limits.entry(limit.clone()).or_insert(*value);
            *known = if *known == -1 || *value == -1 { -1 } else { (*known).max(*value) };
        }
        limits
    }
}
