//! Until when a subscription gives access, and by which rule.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EndReason, Phase};
use crate::kernel::Timestamp;

/// The operator's choices, part of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessPolicy {
    /// How long a subscription that renews keeps access while the news of its renewal is on the way.
    pub renewal_slack: Duration,
    /// How long a subscription whose payment failed keeps access.
    pub dunning: Duration,
    /// What an undecided dispute does.
    pub on_dispute: OnDispute,
    /// Whether test purchases grant anything. Only in development mode.
    pub sandbox_grants: bool,
}

impl Default for AccessPolicy {
    fn default() -> Self {
        Self {
            renewal_slack: Duration::from_secs(24 * 60 * 60),
            dunning: Duration::from_secs(7 * 24 * 60 * 60),
            on_dispute: OnDispute::Keep,
            sandbox_grants: false,
        }
    }
}

/// What an undecided dispute does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDispute {
    /// The member keeps access until it is lost.
    Keep,
    /// The member has no access while it is open.
    Suspend,
}

/// Access and the rule that gives or refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The first instant without access; `None` when there is none at all.
    pub until: Option<Timestamp>,
    /// Why.
    pub rule: AccessRule,
}

/// The rules of access, in words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessRule {
    /// Runs and renews: to the end of the paid time, plus slack.
    PaidAndRenewing,
    /// Runs and won't renew: to the end of the paid time.
    PaidNotRenewing,
    /// A payment failed: to the end of the grace period.
    Grace,
    /// Paused: a pause starts when the paid time ends.
    PausedAfterPaidTime,
    /// Nothing was paid yet.
    NothingPaid,
    /// The payment for the running period was given back.
    Refunded,
    /// The dispute over the payment for the running period was lost.
    DisputeLost,
    /// The payment is disputed and the policy is to suspend.
    DisputeOpen,
    /// The provider gave up collecting.
    Unpaid,
    /// It is over.
    Ended,
    /// Test purchases grant nothing here.
    TestPurchase,
}

impl AccessRule {
    /// Every rule.
    pub const ALL: [Self; 11] = [
        Self::PaidAndRenewing,
        Self::PaidNotRenewing,
        Self::Grace,
        Self::PausedAfterPaidTime,
        Self::NothingPaid,
        Self::Refunded,
        Self::DisputeLost,
        Self::DisputeOpen,
        Self::Unpaid,
        Self::Ended,
        Self::TestPurchase,
    ];

    /// The rule of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.name() == name)
    }

    /// The rule's name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaidAndRenewing => "paid_and_renewing",
            Self::PaidNotRenewing => "paid_not_renewing",
            Self::Grace => "grace",
            Self::PausedAfterPaidTime => "paused_after_paid_time",
            Self::NothingPaid => "nothing_paid",
            Self::Refunded => "refunded",
            Self::DisputeLost => "dispute_lost",
            Self::DisputeOpen => "dispute_open",
            Self::Unpaid => "unpaid",
            Self::Ended => "ended",
            Self::TestPurchase => "test_purchase",
        }
    }

    /// The rule in a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::PaidAndRenewing => {
                "It is paid and renews: access to the end of the paid time, plus slack for the renewal's news."
            }
            Self::PaidNotRenewing => "It is paid and will not renew: access to the end of the paid time.",
            Self::Grace => "A payment failed and is tried again: access to the end of the grace period.",
            Self::PausedAfterPaidTime => "It is paused, and a pause starts when the paid time ends.",
            Self::NothingPaid => "Nothing has been paid yet.",
            Self::Refunded => "The payment for the running period was given back in full.",
            Self::DisputeLost => "The dispute over the payment for the running period was lost.",
            Self::DisputeOpen => "The payment for the running period is disputed, and the policy is to suspend.",
            Self::Unpaid => "The provider has given up collecting.",
            Self::Ended => "The subscription is over.",
            Self::TestPurchase => "Test purchases grant nothing in production.",
        }
    }
}

/// What the rules look at.
pub(super) struct Situation {
    pub(super) phase: Phase,
    pub(super) will_renew: bool,
    pub(super) paid_through: Option<Timestamp>,
    pub(super) grace_until: Option<Timestamp>,
    pub(super) current_payment: CurrentPayment,
    pub(super) grants: bool,
}

/// How the payment for the latest period fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CurrentPayment {
    /// We have it.
    Kept,
    /// Given back in full while its period ran.
    Refunded,
    /// Lost in a dispute while its period ran.
    Lost,
    /// Disputed, undecided.
    Disputed,
}

impl CurrentPayment {
    /// Whether the money is gone.
    pub(super) const fn is_gone(self) -> bool {
        matches!(self, Self::Refunded | Self::Lost)
    }
}

/// Applies the rules.
pub(super) fn access(situation: &Situation, policy: &AccessPolicy) -> Access {
    let none = |rule| Access { until: None, rule };
    if !situation.grants {
        return none(AccessRule::TestPurchase);
    }
    match (situation.phase, situation.current_payment) {
        (Phase::Ended(EndReason::NeverStarted) | Phase::Pending, _) => return none(AccessRule::NothingPaid),
        (Phase::Ended(_), _) => return none(AccessRule::Ended),
        (_, CurrentPayment::Refunded) => return none(AccessRule::Refunded),
        (_, CurrentPayment::Lost) => return none(AccessRule::DisputeLost),
        (_, CurrentPayment::Disputed) if policy.on_dispute == OnDispute::Suspend => {
            return none(AccessRule::DisputeOpen);
        }
        (Phase::Unpaid, _) => return none(AccessRule::Unpaid),
        _ => {}
    }
    let Some(paid_through) = situation.paid_through else {
        return none(AccessRule::NothingPaid);
    };
    let (until, rule) = match situation.phase {
        Phase::Dunning => (situation.grace_until.unwrap_or(paid_through + policy.dunning), AccessRule::Grace),
        Phase::Paused => (paid_through, AccessRule::PausedAfterPaidTime),
        _ if situation.will_renew => (paid_through + policy.renewal_slack, AccessRule::PaidAndRenewing),
        _ => (paid_through, AccessRule::PaidNotRenewing),
    };
    Access { until: Some(until), rule }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rstest::rstest;

    use super::super::tests::at;
    use super::*;

    /// Paid to day 30, renews, and nothing is in the way.
    fn running() -> Situation {
        Situation {
            phase: Phase::Active,
            will_renew: true,
            paid_through: Some(at(30)),
            grace_until: None,
            current_payment: CurrentPayment::Kept,
            grants: true,
        }
    }

    fn in_phase(phase: Phase) -> Situation {
        Situation { phase, ..running() }
    }

    /// The day access ends and the rule, under the shipped policy: 24 hours of slack, 7 days of dunning.
    #[rstest]
    #[case::trial_that_renews(in_phase(Phase::Trialing), Some(31), AccessRule::PaidAndRenewing)]
    #[case::active_and_renews(running(), Some(31), AccessRule::PaidAndRenewing)]
    #[case::trial_that_ends(Situation { will_renew: false, ..in_phase(Phase::Trialing) }, Some(30), AccessRule::PaidNotRenewing)]
    #[case::active_and_ends(Situation { will_renew: false, ..running() }, Some(30), AccessRule::PaidNotRenewing)]
    #[case::grace_of_the_provider(Situation { grace_until: Some(at(33)), ..in_phase(Phase::Dunning) }, Some(33), AccessRule::Grace)]
    #[case::grace_of_the_policy(in_phase(Phase::Dunning), Some(37), AccessRule::Grace)]
    #[case::paused(in_phase(Phase::Paused), Some(30), AccessRule::PausedAfterPaidTime)]
    #[case::completed(Situation { will_renew: false, ..in_phase(Phase::Completed) }, Some(30), AccessRule::PaidNotRenewing)]
    #[case::unpaid(in_phase(Phase::Unpaid), None, AccessRule::Unpaid)]
    #[case::pending(in_phase(Phase::Pending), None, AccessRule::NothingPaid)]
    #[case::never_started(in_phase(Phase::Ended(EndReason::NeverStarted)), None, AccessRule::NothingPaid)]
    #[case::ended_early(in_phase(Phase::Ended(EndReason::Early)), None, AccessRule::Ended)]
    #[case::ended_by_cancelling(in_phase(Phase::Ended(EndReason::Canceled)), None, AccessRule::Ended)]
    #[case::ended_in_time(in_phase(Phase::Ended(EndReason::AtPeriodEnd)), None, AccessRule::Ended)]
    #[case::ended_by_dunning(in_phase(Phase::Ended(EndReason::PaymentFailed)), None, AccessRule::Ended)]
    fn each_phase_gives_access_to_its_day(
        #[case] situation: Situation,
        #[case] day: Option<u64>,
        #[case] rule: AccessRule,
    ) {
        let expected = Access { until: day.map(at), rule };
        assert_eq!(access(&situation, &AccessPolicy::default()), expected);
    }

    #[rstest]
    fn a_payment_that_is_gone_ends_access_in_every_running_phase(
        #[values(Phase::Trialing, Phase::Active, Phase::Dunning, Phase::Unpaid, Phase::Paused)] phase: Phase,
        #[values((CurrentPayment::Refunded, AccessRule::Refunded), (CurrentPayment::Lost, AccessRule::DisputeLost))]
        (current_payment, rule): (CurrentPayment, AccessRule),
    ) {
        let situation = Situation { current_payment, ..in_phase(phase) };
        assert_eq!(access(&situation, &AccessPolicy::default()), Access { until: None, rule });
    }

    #[rstest]
    fn an_open_dispute_takes_access_only_where_the_policy_is_to_suspend(
        #[values(Phase::Trialing, Phase::Active, Phase::Dunning, Phase::Paused)] phase: Phase,
    ) {
        let disputed = Situation { current_payment: CurrentPayment::Disputed, ..in_phase(phase) };
        let keep = AccessPolicy { on_dispute: OnDispute::Keep, ..AccessPolicy::default() };
        let suspend = AccessPolicy { on_dispute: OnDispute::Suspend, ..keep };
        assert_eq!(access(&disputed, &keep), access(&in_phase(phase), &keep));
        assert_eq!(access(&disputed, &suspend), Access { until: None, rule: AccessRule::DisputeOpen });
    }

    #[rstest]
    fn what_is_over_or_not_begun_says_so_whatever_became_of_the_money(
        #[values((Phase::Pending, AccessRule::NothingPaid), (Phase::Ended(EndReason::Early), AccessRule::Ended))]
        (phase, rule): (Phase, AccessRule),
        #[values(CurrentPayment::Refunded, CurrentPayment::Lost, CurrentPayment::Disputed)]
        current_payment: CurrentPayment,
    ) {
        let policy = AccessPolicy { on_dispute: OnDispute::Suspend, ..AccessPolicy::default() };
        let situation = Situation { current_payment, ..in_phase(phase) };
        assert_eq!(access(&situation, &policy), Access { until: None, rule });
    }

    #[rstest]
    fn without_paid_time_no_phase_gives_anything(
        #[values(Phase::Trialing, Phase::Active, Phase::Dunning, Phase::Paused)] phase: Phase,
    ) {
        let situation = Situation { paid_through: None, grace_until: Some(at(99)), ..in_phase(phase) };
        let nothing = Access { until: None, rule: AccessRule::NothingPaid };
        assert_eq!(access(&situation, &AccessPolicy::default()), nothing);
    }

    #[rstest]
    fn a_test_purchase_that_does_not_count_gives_nothing_in_any_phase(
        #[values(Phase::Pending, Phase::Active, Phase::Dunning, Phase::Ended(EndReason::Early))] phase: Phase,
    ) {
        let situation = Situation { grants: false, ..in_phase(phase) };
        let nothing = Access { until: None, rule: AccessRule::TestPurchase };
        assert_eq!(access(&situation, &AccessPolicy::default()), nothing);
    }

    #[test]
    fn slack_and_grace_are_as_long_as_the_operator_says() {
        let day = Duration::from_secs(24 * 60 * 60);
        let policy = AccessPolicy { renewal_slack: Duration::ZERO, dunning: 3 * day, ..AccessPolicy::default() };
        assert_eq!(access(&running(), &policy).until, Some(at(30)));
        assert_eq!(access(&in_phase(Phase::Dunning), &policy).until, Some(at(33)));
    }

    #[test]
    fn each_rule_has_a_name_and_words_of_its_own() {
        for rule in AccessRule::ALL {
            assert_eq!(AccessRule::from_name(rule.name()), Some(rule));
        }
        let words: BTreeSet<_> = AccessRule::ALL.map(AccessRule::words).into();
        assert_eq!(words.len(), AccessRule::ALL.len());
        assert_eq!(AccessRule::from_name("free_for_all"), None);
    }
}
