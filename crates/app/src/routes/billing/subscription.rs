//! GET `/billing/subscription`.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::billing::{HeldEntitlement, Subscription};
use hos_domain::kernel::Timestamp;
use hos_usecases::billing::{MemberStanding, ShowStanding};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{ReadBilling, Scoped};

/// Where a member stands.
#[derive(Serialize, ToSchema)]
pub(super) struct StandingBody {
    /// The subscription that matters; null when there never was one.
    subscription: Option<SubscriptionBody>,
    /// What the member may do, or might have done.
    entitlements: Vec<EntitlementBody>,
    /// How much of what; -1 is without limit.
    #[schema(example = json!({"goals.max": -1}))]
    limits: BTreeMap<String, i64>,
}

/// A subscription, the same words on every rail.
#[derive(Serialize, ToSchema)]
pub(super) struct SubscriptionBody {
    /// `pending`, `trialing`, `active`, `grace_period`, `past_due`, `paused`, `canceled`, `expired` or `revoked`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether it gives access now.
    has_access: bool,
    /// The first instant without access, if there is access at all.
    #[schema(format = DateTime)]
    access_until: Option<String>,
    /// Whether it goes on by itself.
    will_renew: bool,
    /// The plan; null while the catalogue does not know the provider's price.
    #[schema(example = "premium")]
    plan: Option<String>,
    /// The price of that plan.
    #[schema(example = "monthly")]
    price: Option<String>,
    /// The end of what was paid for and not given back.
    #[schema(format = DateTime)]
    paid_through: Option<String>,
    /// The period the provider is in.
    #[schema(format = DateTime)]
    current_period_start: Option<String>,
    /// Its end.
    #[schema(format = DateTime)]
    current_period_end: Option<String>,
    /// When the free trial ends or ended.
    #[schema(format = DateTime)]
    trial_end: Option<String>,
    /// When it is scheduled to end.
    #[schema(format = DateTime)]
    cancel_at: Option<String>,
    /// When it ended.
    #[schema(format = DateTime)]
    ended_at: Option<String>,
    /// Why it ended.
    #[schema(example = "at_period_end")]
    end_reason: Option<&'static str>,
    /// Who bills it.
    #[schema(example = "stripe")]
    provider: &'static str,
    /// The provider's own word for its state.
    #[schema(example = "active")]
    provider_status: String,
    /// The provider's id of it.
    provider_subscription_id: String,
    /// `production` or `sandbox`.
    #[schema(example = "production")]
    environment: &'static str,
}

impl SubscriptionBody {
    pub(super) fn of(subscription: Subscription, now: Timestamp) -> Self {
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            status: subscription.status(now).name(),
            has_access: subscription.has_access(now),
            access_until: text(subscription.access.until),
            will_renew: subscription.will_renew,
            end_reason: subscription.end_reason().map(hos_domain::billing::EndReason::name),
            plan: subscription.plan.map(Into::into),
            price: subscription.price.map(Into::into),
            paid_through: text(subscription.paid_through),
            current_period_start: text(subscription.period.map(|period| period.start)),
            current_period_end: text(subscription.period.map(|period| period.end)),
            trial_end: text(subscription.trial_end),
            cancel_at: text(subscription.cancel_at),
            ended_at: text(subscription.ended_at),
            provider: subscription.provider.name(),
            provider_status: subscription.provider_status,
            provider_subscription_id: subscription.provider_subscription_id,
            environment: subscription.environment.name(),
        }
    }
}

/// An entitlement.
#[derive(Serialize, ToSchema)]
struct EntitlementBody {
    /// Which.
    #[schema(example = "premium")]
    id: String,
    /// Whether the member has it now.
    active: bool,
    /// What gives it: a provider's subscription.
    source: String,
    /// When it ends or ended.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<HeldEntitlement> for EntitlementBody {
    fn from(held: HeldEntitlement) -> Self {
        let (id, expires_at) = (held.entitlement.into(), held.expires_at.to_string());
        Self { id, active: held.active, source: held.source, expires_at }
    }
}

impl From<MemberStanding> for StandingBody {
    fn from(standing: MemberStanding) -> Self {
        Self {
            subscription: standing.subscription.map(|subscription| SubscriptionBody::of(subscription, standing.now)),
            entitlements: standing.entitlements.into_iter().map(Into::into).collect(),
            limits: standing.limits.into_iter().map(|(limit, value)| (limit.into(), value)).collect(),
        }
    }
}

/// See where I stand
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    responses((status = 200, body = StandingBody)),
)]
#[get("/billing/subscription")]
pub(super) async fn read_subscription(
    user: Scoped<ReadBilling>,
    use_case: Data<ShowStanding>,
) -> Result<Json<StandingBody>, ApiError> {
    Ok(Json(use_case.run(user.user).await?.into()))
}
