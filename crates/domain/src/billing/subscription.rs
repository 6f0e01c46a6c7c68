//! A subscription as we see it, whatever the rail: a few dates from which every question is answered at any instant.

use super::{Access, EndReason, Environment, Period, Phase, PlanId, PriceId, Provider};
use crate::kernel::Timestamp;

/// A subscription, derived from what was observed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Who bills it.
    pub provider: Provider,
    /// Real money or not.
    pub environment: Environment,
    /// The provider's id.
    pub provider_subscription_id: String,
    /// The provider's own word for its state.
    pub provider_status: String,
    /// The plan, if the catalogue knows the provider's price.
    pub plan: Option<PlanId>,
    /// The price of that plan.
    pub price: Option<PriceId>,
    /// Where it stands in its life.
    pub phase: Phase,
    /// The payment for the running period was given back in full, or lost in a dispute.
    pub revoked: bool,
    /// Whether it goes on by itself after the paid time.
    pub will_renew: bool,
    /// The end of the time that was paid and not given back.
    pub paid_through: Option<Timestamp>,
    /// The end of the grace period, fixed by the facts, while a payment is failing.
    pub grace_until: Option<Timestamp>,
    /// The period the provider is in.
    pub period: Option<Period>,
    /// When it began.
    pub started_at: Timestamp,
    /// When the free trial ends or ended.
    pub trial_end: Option<Timestamp>,
    /// When it is scheduled to end.
    pub cancel_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Access and the rule behind it.
    pub access: Access,
}

/// What a subscription is at an instant, the same words on every rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not yet paid.
    Pending,
    /// In its free trial.
    Trialing,
    /// Paid and running.
    Active,
    /// A payment failed; access goes on for a while.
    GracePeriod,
    /// A payment failed and the grace is over.
    PastDue,
    /// Paused.
    Paused,
    /// Ended before its paid time.
    Canceled,
    /// Ended with its paid time, or by failed payments, or never paid.
    Expired,
    /// Taken back: refunded in full, or lost in a dispute.
    Revoked,
}

impl Status {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::GracePeriod => "grace_period",
            Self::PastDue => "past_due",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl Subscription {
    /// What it is at `now`.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        match self.phase {
            Phase::Pending => Status::Pending,
            Phase::Ended(EndReason::NeverStarted) => Status::Expired,
            _ if self.revoked => Status::Revoked,
            Phase::Ended(EndReason::Early) => Status::Canceled,
            Phase::Ended(EndReason::AtPeriodEnd | EndReason::PaymentFailed) => Status::Expired,
            Phase::Trialing => Status::Trialing,
            Phase::Active => Status::Active,
            Phase::Dunning if self.grace_until.is_some_and(|end| now < end) => Status::GracePeriod,
            Phase::Dunning | Phase::Unpaid => Status::PastDue,
            Phase::Paused if self.paid_through.is_some_and(|end| now < end) => Status::Active,
            Phase::Paused => Status::Paused,
        }
    }

    /// Whether it gives access at `now`.
    #[must_use]
    pub fn has_access(&self, now: Timestamp) -> bool {
        self.access.until.is_some_and(|until| self.started_at <= now && now < until)
    }

    /// Whether a payment is failing and access goes on regardless.
    #[must_use]
    pub fn is_in_grace_period(&self, now: Timestamp) -> bool {
        self.status(now) == Status::GracePeriod
    }

    /// Why it ended, if it did.
    #[must_use]
    pub const fn end_reason(&self) -> Option<EndReason> {
        match self.phase {
            Phase::Ended(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether it can still be in use: such a one stands in the way of buying another.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.phase.is_terminal() && self.phase != Phase::Pending || self.has_access(now)
    }
}
