//! What happened, in order, told from the observations. A pure function of the set, so the story is the same whatever
//! order its events came in.

use super::{
    DisputeStatus, EndReason, Facts, InvoiceStatus, ObservationSet, Phase, Received, RefundStatus, SubscriptionFacts,
};
use crate::kernel::{Money, Timestamp};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When, by the provider's clock.
    pub at: Timestamp,
    /// To which provider object.
    pub object: String,
    /// What.
    pub kind: TimelineKind,
    /// About how much money, where it is about money.
    pub money: Option<Money>,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TimelineKind {
    /// The customer went through a checkout.
    CheckoutCompleted,
    /// A subscription was made.
    SubscriptionCreated,
    /// Its free trial began.
    TrialStarted,
    /// It runs.
    SubscriptionActive,
    /// It was scheduled to end.
    CancelScheduled,
    /// It will renew after all.
    CancelWithdrawn,
    /// Its price or quantity changed.
    PlanChanged,
    /// A payment failed.
    PaymentFailed,
    /// A payment arrived.
    PaymentSucceeded,
    /// Its payments are behind.
    PaymentOverdue,
    /// Collection was paused.
    Paused,
    /// It ended.
    SubscriptionEnded,
    /// Money was given back.
    Refunded,
    /// Money that was given back came back to us.
    RefundFailed,
    /// A payment is disputed.
    DisputeOpened,
    /// A dispute was decided for us.
    DisputeWon,
    /// A dispute was decided against us.
    DisputeLost,
}

impl TimelineKind {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CheckoutCompleted => "checkout_completed",
            Self::SubscriptionCreated => "subscription_created",
            Self::TrialStarted => "trial_started",
            Self::SubscriptionActive => "subscription_active",
            Self::CancelScheduled => "cancel_scheduled",
            Self::CancelWithdrawn => "cancel_withdrawn",
            Self::PlanChanged => "plan_changed",
            Self::PaymentFailed => "payment_failed",
            Self::PaymentSucceeded => "payment_succeeded",
            Self::PaymentOverdue => "payment_overdue",
            Self::Paused => "paused",
            Self::SubscriptionEnded => "subscription_ended",
            Self::Refunded => "refunded",
            Self::RefundFailed => "refund_failed",
            Self::DisputeOpened => "dispute_opened",
            Self::DisputeWon => "dispute_won",
            Self::DisputeLost => "dispute_lost",
        }
    }
}

impl ObservationSet {
    /// Everything that happened, earliest first.
    #[must_use]
    pub fn timeline(&self) -> Vec<TimelineEntry> {
        let mut entries = Vec::new();
        for (object, history) in self.histories() {
            let mut before = None;
            for Received { observation, .. } in history {
                let kinds = happened(before, &observation.facts);
                let entry =
                    |(kind, money)| TimelineEntry { at: observation.as_of, object: object.to_owned(), kind, money };
                entries.extend(kinds.into_iter().map(entry));
                before = Some(&observation.facts);
            }
        }
        entries.sort_by(|a, b| (a.at, a.kind, &a.object).cmp(&(b.at, b.kind, &b.object)));
        entries
    }
}

type Happening = (TimelineKind, Option<Money>);

/// What happened to an object between two snapshots.
fn happened(before: Option<&Facts>, now: &Facts) -> Vec<Happening> {
    match (before, now) {
        (before, Facts::Subscription(now)) => {
            let before = before.and_then(|facts| match facts {
                Facts::Subscription(before) => Some(before),
                _ => None,
            });
            subscription(before, now)
        }
        (Some(Facts::Invoice(before)), Facts::Invoice(now))
            if before.status == now.status && before.attempt_failed == now.attempt_failed =>
        {
            Vec::new()
        }
        (_, Facts::Invoice(now)) if now.status == InvoiceStatus::Paid => {
            vec![(TimelineKind::PaymentSucceeded, Some(now.paid))]
        }
        (_, Facts::Invoice(now)) if now.attempt_failed => vec![(TimelineKind::PaymentFailed, Some(now.total))],
        (Some(Facts::Refund(before)), Facts::Refund(now))
            if (before.status == RefundStatus::Failed) == (now.status == RefundStatus::Failed) =>
        {
            Vec::new()
        }
        (_, Facts::Refund(now)) if now.status == RefundStatus::Failed => {
            vec![(TimelineKind::RefundFailed, Some(now.amount))]
        }
        (_, Facts::Refund(now)) => vec![(TimelineKind::Refunded, Some(now.amount))],
        (Some(Facts::Dispute(before)), Facts::Dispute(now)) if before.status == now.status => Vec::new(),
        (_, Facts::Dispute(now)) => vec![(dispute(now.status), Some(now.amount))],
        (Some(Facts::Checkout(before)), Facts::Checkout(_)) if before.completed => Vec::new(),
        (_, Facts::Checkout(now)) if now.completed => vec![(TimelineKind::CheckoutCompleted, None)],
        _ => Vec::new(),
    }
}

fn dispute(status: DisputeStatus) -> TimelineKind {
    match status {
        DisputeStatus::Open => TimelineKind::DisputeOpened,
        DisputeStatus::Won => TimelineKind::DisputeWon,
        DisputeStatus::Lost => TimelineKind::DisputeLost,
    }
}

fn subscription(before: Option<&SubscriptionFacts>, now: &SubscriptionFacts) -> Vec<Happening> {
    let mut kinds = Vec::new();
    if before.is_none() {
        kinds.push(TimelineKind::SubscriptionCreated);
    }
    if before.map(|before| before.phase) != Some(now.phase) {
        kinds.extend(entered(now.phase));
    }
    if before.is_some_and(|before| (&before.price, before.quantity) != (&now.price, now.quantity)) {
        kinds.push(TimelineKind::PlanChanged);
    }
    if !now.phase.is_terminal() {
        match (before.and_then(|before| before.cancel_at), now.cancel_at) {
            (None, Some(_)) => kinds.push(TimelineKind::CancelScheduled),
            (Some(_), None) => kinds.push(TimelineKind::CancelWithdrawn),
            _ => {}
        }
    }
    kinds.into_iter().map(|kind| (kind, None)).collect()
}

fn entered(phase: Phase) -> Option<TimelineKind> {
    match phase {
        Phase::Pending => None,
        Phase::Trialing => Some(TimelineKind::TrialStarted),
        Phase::Active => Some(TimelineKind::SubscriptionActive),
        Phase::Dunning | Phase::Unpaid => Some(TimelineKind::PaymentOverdue),
        Phase::Paused => Some(TimelineKind::Paused),
        Phase::Ended(
            EndReason::AtPeriodEnd | EndReason::Early | EndReason::PaymentFailed | EndReason::NeverStarted,
        ) => Some(TimelineKind::SubscriptionEnded),
    }
}
