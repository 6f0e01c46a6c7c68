//! Until when a subscription gives access, and by which rule.

use super::{EndReason, Phase};
use std::time::Duration;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The first instant without access; `None` when there is none at all.
    pub until: Option<Timestamp>,
    /// Why.
    pub rule: AccessRule,
}

/// The rules of access, in words for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
