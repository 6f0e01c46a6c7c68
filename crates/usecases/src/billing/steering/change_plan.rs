//! A member moves to another plan or price: first what it would cost, then the move.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{Catalog, ChangePreview, Phase, PlanChange, PlanId, PriceId};
use hos_domain::identity::{UserId, UserQueries};
use hos_domain::kernel::Timestamp;
use hos_domain::platform::{AnswerKey, AuditAction};

use super::{Steer, SteerError, Steered, Wheel};

/// What was previewed holds for so long.
const PREVIEW_HOLDS: Duration = Duration::from_secs(60 * 60);

/// Moves subscriptions to other plans.
pub struct ChangePlan {
    /// How.
    pub steer: Steer,
    /// Who, and where they live.
    pub users: Arc<dyn UserQueries>,
    /// What is sold.
    pub catalog: Arc<Catalog>,
}

/// What a member wants instead.
#[derive(Debug, Clone)]
pub struct NewPlan {
    /// Which plan.
    pub plan: PlanId,
    /// Which of its prices; unless given, the one that is called as the present one is, or the plan's first.
    pub price: Option<PriceId>,
    /// The instant that a preview was reckoned from; what it said is what is charged.
    pub prorated_at: Option<Timestamp>,
}

impl ChangePlan {
    /// What the move would cost now.
    ///
    /// # Errors
    /// [`SteerError`]
    pub async fn preview(&self, user: UserId, wanted: &NewPlan) -> Result<ChangePreview, SteerError> {
        let wheel = self.steer.wheel(user).await?;
        let change = self.change(user, &wheel, wanted).await?;
        let gateway = wheel.gateways.previews.clone().ok_or(SteerError::NotSupported)?;
        Ok(gateway.preview(&change).await?)
    }

    /// Moves a user's subscription, once per key; the difference is settled at once.
    ///
    /// # Errors
    /// [`SteerError`]
    pub async fn run(&self, user: UserId, wanted: &NewPlan, key: Option<AnswerKey>) -> Result<Steered, SteerError> {
        let (steer, key) = (&self.steer, key.as_ref());
        if let Some(steered) = steer.begin(key).await? {
            return Ok(steered);
        }
        let done = async {
            let wheel = steer.wheel(user).await?;
            let change = self.change(user, &wheel, wanted).await?;
            let observed = wheel.gateway()?.change(&change, &steer.provider_key(key)).await;
            let name = |plan: Option<&PlanId>| plan.map(ToString::to_string).unwrap_or_default();
            let deed = steer.deed(user, AuditAction::PlanChanged);
            let deed =
                deed.with("before", name(wheel.subscription.plan.as_ref())).with("after", name(Some(&wanted.plan)));
            steer.keep(user, &wheel, observed, deed, key).await
        };
        steer.finish(key, done.await).await
    }

    async fn change(&self, user: UserId, wheel: &Wheel, wanted: &NewPlan) -> Result<PlanChange, SteerError> {
        let (now, subscription) = (self.steer.business_clock.now(), &wheel.subscription);
        if !matches!(subscription.phase, Phase::Active | Phase::Trialing) {
            return Err(SteerError::NotRunning(subscription.status(now).name()));
        }
        let is_stale = |at: Timestamp| at > now || now.since(at) > PREVIEW_HOLDS;
        if wanted.prorated_at.is_some_and(is_stale) {
            return Err(SteerError::StalePreview);
        }
        let country = self.users.find(user).await?.and_then(|user| user.country);
        let plan = self.catalog.plan(&wanted.plan).ok_or(SteerError::UnknownPlan)?;
        let prices = plan.prices_in(self.catalog.currency_of(country), self.catalog.currency_of(None));
        let named = |id: &PriceId| prices.iter().find(|price| price.id == *id).copied();
        let price = match &wanted.price {
            _ if prices.is_empty() => return Err(SteerError::UnknownPlan),
            Some(wanted) => named(wanted),
            None => subscription.price.as_ref().and_then(named).or_else(|| prices.first().copied()),
        };
        let price = price.ok_or(SteerError::UnknownPrice)?;
        if subscription.plan.as_ref() == Some(&plan.id) && subscription.price.as_ref() == Some(&price.id) {
            return Err(SteerError::SamePrice);
        }
        Ok(PlanChange {
            subscription: subscription.provider_subscription_id.clone(),
            provider_price: price.provider_id(subscription.provider, plan).ok_or(SteerError::UnknownPrice)?,
            prorated_at: wanted.prorated_at,
        })
    }
}
