//! A subscription as we see it, whatever the rail: a few dates from which every question is answered at any instant.

use serde::{Deserialize, Serialize};

use super::{Access, EndReason, Environment, Period, Phase, PlanId, PriceId, Provider};
use crate::kernel::Timestamp;

/// A subscription, derived from what was observed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Ended before its paid time, or by a provider that does not say when.
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
            Phase::Ended(EndReason::Early | EndReason::Canceled) => Status::Canceled,
            Phase::Ended(EndReason::AtPeriodEnd | EndReason::PaymentFailed) => Status::Expired,
            Phase::Trialing => Status::Trialing,
            Phase::Active => Status::Active,
            Phase::Dunning if self.grace_until.is_some_and(|end| now < end) => Status::GracePeriod,
            Phase::Dunning | Phase::Unpaid => Status::PastDue,
            Phase::Paused | Phase::Completed if self.paid_through.is_some_and(|end| now < end) => Status::Active,
            Phase::Paused => Status::Paused,
            Phase::Completed => Status::Expired,
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

    /// Why it ended, or is bound to end.
    #[must_use]
    pub const fn end_reason(&self) -> Option<EndReason> {
        match self.phase {
            Phase::Ended(reason) => Some(reason),
            Phase::Completed => Some(EndReason::AtPeriodEnd),
            _ => None,
        }
    }

    /// Whether it can still be in use: such a one stands in the way of buying another.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.phase.is_terminal() && self.phase != Phase::Pending || self.has_access(now)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::AccessRule;
    use super::super::tests::at;
    use super::*;

    /// Began on day 1, is paid to day 30, has grace to day 33 if it needs any, and access to day 31.
    fn in_phase(phase: Phase) -> Subscription {
        Subscription {
            provider: Provider::Stripe,
            environment: Environment::Production,
            provider_subscription_id: "sub_1".into(),
            provider_status: "word".into(),
            plan: None,
            price: None,
            phase,
            revoked: false,
            will_renew: true,
            paid_through: Some(at(30)),
            grace_until: (phase == Phase::Dunning).then(|| at(33)),
            period: None,
            started_at: at(1),
            trial_end: None,
            cancel_at: None,
            ended_at: None,
            access: Access { until: Some(at(31)), rule: AccessRule::PaidAndRenewing },
        }
    }

    fn without_access(phase: Phase) -> Subscription {
        Subscription { access: Access { until: None, rule: AccessRule::Ended }, ..in_phase(phase) }
    }

    #[rstest]
    #[case(Phase::Pending, Status::Pending)]
    #[case(Phase::Trialing, Status::Trialing)]
    #[case(Phase::Active, Status::Active)]
    #[case(Phase::Unpaid, Status::PastDue)]
    #[case(Phase::Ended(EndReason::Early), Status::Canceled)]
    #[case(Phase::Ended(EndReason::Canceled), Status::Canceled)]
    #[case(Phase::Ended(EndReason::AtPeriodEnd), Status::Expired)]
    #[case(Phase::Ended(EndReason::PaymentFailed), Status::Expired)]
    #[case(Phase::Ended(EndReason::NeverStarted), Status::Expired)]
    fn most_phases_have_one_status_at_any_time(#[case] phase: Phase, #[case] status: Status) {
        for day in [2, 30, 99] {
            assert_eq!(in_phase(phase).status(at(day)), status, "on day {day}");
        }
    }

    #[test]
    fn a_failing_payment_is_in_grace_before_its_end_and_past_due_from_then_on() {
        let failing = in_phase(Phase::Dunning);
        assert_eq!((failing.status(at(32)), failing.status(at(33))), (Status::GracePeriod, Status::PastDue));
        assert!(failing.is_in_grace_period(at(32)) && !failing.is_in_grace_period(at(33)));
        assert_eq!(Subscription { grace_until: None, ..failing }.status(at(2)), Status::PastDue);
    }

    #[test]
    fn a_pause_starts_when_the_paid_time_ends() {
        let paused = in_phase(Phase::Paused);
        assert_eq!((paused.status(at(29)), paused.status(at(30))), (Status::Active, Status::Paused));
        assert_eq!(Subscription { paid_through: None, ..paused }.status(at(2)), Status::Paused);
    }

    #[test]
    fn what_is_paid_to_its_last_period_runs_to_its_end_and_is_expired_from_then_on() {
        let completed = in_phase(Phase::Completed);
        assert_eq!((completed.status(at(29)), completed.status(at(30))), (Status::Active, Status::Expired));
        assert_eq!(completed.end_reason(), Some(EndReason::AtPeriodEnd));
        assert!(completed.is_live(at(30)) && !completed.is_live(at(31)), "while it gives access it stands in the way");
        assert_eq!(Subscription { paid_through: None, ..completed }.status(at(2)), Status::Expired);
    }

    #[rstest]
    fn what_was_taken_back_is_revoked_even_after_it_ended(
        #[values(
            Phase::Trialing,
            Phase::Active,
            Phase::Dunning,
            Phase::Unpaid,
            Phase::Paused,
            Phase::Completed,
            Phase::Ended(EndReason::Early),
            Phase::Ended(EndReason::AtPeriodEnd),
            Phase::Ended(EndReason::PaymentFailed)
        )]
        phase: Phase,
    ) {
        assert_eq!(Subscription { revoked: true, ..in_phase(phase) }.status(at(2)), Status::Revoked);
    }

    #[rstest]
    #[case(Phase::Pending, Status::Pending)]
    #[case(Phase::Ended(EndReason::NeverStarted), Status::Expired)]
    fn what_never_began_can_not_be_taken_back(#[case] phase: Phase, #[case] status: Status) {
        assert_eq!(Subscription { revoked: true, ..in_phase(phase) }.status(at(2)), status);
    }

    #[rstest]
    #[case::before_it_began(0, false)]
    #[case::first_instant(1, true)]
    #[case::last_day(30, true)]
    #[case::first_instant_without(31, false)]
    fn access_is_half_open(#[case] day: u64, #[case] access: bool) {
        assert_eq!(in_phase(Phase::Active).has_access(at(day)), access);
        assert!(!without_access(Phase::Active).has_access(at(day)));
    }

    #[rstest]
    #[case(Phase::Pending, false)]
    #[case(Phase::Trialing, true)]
    #[case(Phase::Active, true)]
    #[case(Phase::Dunning, true)]
    #[case(Phase::Unpaid, true)]
    #[case(Phase::Paused, true)]
    #[case(Phase::Ended(EndReason::Early), false)]
    fn what_can_come_back_to_life_stands_in_the_way_of_another(#[case] phase: Phase, #[case] live: bool) {
        assert_eq!(without_access(phase).is_live(at(99)), live);
    }

    #[test]
    fn what_is_over_stands_in_the_way_while_it_gives_access() {
        let ended = in_phase(Phase::Ended(EndReason::AtPeriodEnd));
        assert!(ended.is_live(at(30)) && !ended.is_live(at(31)));
    }

    #[test]
    fn only_what_is_over_has_a_reason_for_it() {
        assert_eq!(in_phase(Phase::Ended(EndReason::PaymentFailed)).end_reason(), Some(EndReason::PaymentFailed));
        assert_eq!(in_phase(Phase::Unpaid).end_reason(), None);
    }
}
