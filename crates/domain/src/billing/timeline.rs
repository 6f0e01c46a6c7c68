//! What happened, in order, told from the observations. A pure function of the set, so the story is the same whatever
//! order its events came in.

use super::{
    CancelIntentFacts, DisputeStatus, Facts, InvoiceStatus, ObservationSet, Phase, Received, RefundStatus,
    SubscriptionFacts,
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
        (before, Facts::CancelIntent(now)) => cancel_intent(before, now).map(|kind| (kind, None)).into_iter().collect(),
        (Some(Facts::Checkout(before)), Facts::Checkout(_)) if before.completed => Vec::new(),
        (_, Facts::Checkout(now)) if now.completed => vec![(TimelineKind::CheckoutCompleted, None)],
        _ => Vec::new(),
    }
}

/// What our own decision says that an earlier one did not.
fn cancel_intent(before: Option<&Facts>, now: &CancelIntentFacts) -> Option<TimelineKind> {
    let stood = matches!(before, Some(Facts::CancelIntent(before)) if before.ends_at.is_some());
    match (stood, now.ends_at.is_some()) {
        (false, true) => Some(TimelineKind::CancelScheduled),
        (true, false) => Some(TimelineKind::CancelWithdrawn),
        _ => None,
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
        Phase::Completed => Some(TimelineKind::CancelScheduled),
        Phase::Ended(_) => Some(TimelineKind::SubscriptionEnded),
    }
}

#[cfg(test)]
mod tests {
    use TimelineKind as Kind;
    use rstest::rstest;

    use super::super::tests::{at, dispute, invoice, paid, refund, seen, set, subscription, usd};
    use super::super::{ChargeFacts, CheckoutFacts, EndReason, InvoiceFacts};
    use super::*;

    /// What the snapshots of one object, one a day, tell: the day, what happened, and the money.
    fn told(snapshots: impl IntoIterator<Item = Facts>) -> Vec<(Timestamp, Kind, Option<Money>)> {
        let daily = snapshots.into_iter().zip(0..).map(|(facts, day)| seen("object", day, facts));
        set(daily).timeline().into_iter().map(|entry| (entry.at, entry.kind, entry.money)).collect()
    }

    fn runs(phase: Phase) -> Facts {
        Facts::Subscription(subscription(phase))
    }

    #[test]
    fn a_subscriptions_life_is_told_one_change_at_a_time() {
        let cancelling = SubscriptionFacts { cancel_at: Some(at(9)), ..subscription(Phase::Active) };
        let larger = SubscriptionFacts { quantity: 2, ..subscription(Phase::Active) };
        let dearer = SubscriptionFacts { price: Some("price_2".into()), ..larger.clone() };
        let life = [
            runs(Phase::Pending),
            runs(Phase::Trialing),
            runs(Phase::Active),
            Facts::Subscription(cancelling),
            runs(Phase::Active),
            Facts::Subscription(larger),
            Facts::Subscription(dearer.clone()),
            Facts::Subscription(SubscriptionFacts { phase: Phase::Ended(EndReason::Early), ..dearer }),
        ];
        let kinds = [
            Kind::SubscriptionCreated,
            Kind::TrialStarted,
            Kind::SubscriptionActive,
            Kind::CancelScheduled,
            Kind::CancelWithdrawn,
            Kind::PlanChanged,
            Kind::PlanChanged,
            Kind::SubscriptionEnded,
        ];
        let expected: Vec<_> = kinds.into_iter().zip(0..).map(|(kind, day)| (at(day), kind, None)).collect();
        assert_eq!(told(life), expected);
    }

    #[rstest]
    #[case(Phase::Pending, None)]
    #[case(Phase::Trialing, Some(Kind::TrialStarted))]
    #[case(Phase::Active, Some(Kind::SubscriptionActive))]
    #[case(Phase::Dunning, Some(Kind::PaymentOverdue))]
    #[case(Phase::Unpaid, Some(Kind::PaymentOverdue))]
    #[case(Phase::Paused, Some(Kind::Paused))]
    #[case(Phase::Completed, Some(Kind::CancelScheduled))]
    #[case(Phase::Ended(EndReason::NeverStarted), Some(Kind::SubscriptionEnded))]
    fn a_phase_is_told_when_it_is_entered_and_not_again(#[case] phase: Phase, #[case] entered: Option<Kind>) {
        let kinds: Vec<_> = told([runs(phase), runs(phase)]).into_iter().map(|(day, kind, _)| (day, kind)).collect();
        let first_day = [Kind::SubscriptionCreated].into_iter().chain(entered).map(|kind| (at(0), kind));
        assert_eq!(kinds, first_day.collect::<Vec<_>>());
    }

    #[test]
    fn an_end_is_not_told_as_a_withdrawn_cancellation() {
        let cancelling = SubscriptionFacts { cancel_at: Some(at(1)), ..subscription(Phase::Active) };
        let kinds: Vec<_> = told([Facts::Subscription(cancelling), runs(Phase::Ended(EndReason::AtPeriodEnd))])
            .into_iter()
            .map(|(_, kind, _)| kind)
            .collect();
        let expected =
            [Kind::SubscriptionCreated, Kind::SubscriptionActive, Kind::CancelScheduled, Kind::SubscriptionEnded];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn a_payment_fails_once_however_often_it_is_tried_and_then_succeeds_once() {
        let open = invoice(InvoiceStatus::Open, 0..30);
        let failed = Facts::Invoice(InvoiceFacts { attempt_failed: true, ..open.clone() });
        let story = told([Facts::Invoice(open), failed.clone(), failed, paid(0..30), paid(0..30)]);
        let money = Some(usd(999));
        assert_eq!(story, [(at(1), Kind::PaymentFailed, money), (at(3), Kind::PaymentSucceeded, money)]);
    }

    #[rstest]
    #[case::draft(Facts::Invoice(invoice(InvoiceStatus::Draft, 0..30)))]
    #[case::open(Facts::Invoice(invoice(InvoiceStatus::Open, 0..30)))]
    #[case::void(Facts::Invoice(invoice(InvoiceStatus::Void, 0..30)))]
    #[case::uncollectible(Facts::Invoice(invoice(InvoiceStatus::Uncollectible, 0..30)))]
    #[case::charge(Facts::Charge(ChargeFacts { amount: usd(999), refunded: usd(999), pays_no_invoice: false }))]
    #[case::link(Facts::Link)]
    #[case::checkout(Facts::Checkout(CheckoutFacts { completed: false, paid: false, subscription: None }))]
    fn what_changes_nothing_for_the_member_is_not_told(#[case] facts: Facts) {
        assert_eq!(told([facts]), []);
    }

    #[test]
    fn a_checkout_is_completed_once() {
        let checkout = |completed, paid| Facts::Checkout(CheckoutFacts { completed, paid, subscription: None });
        let story = told([checkout(false, false), checkout(true, false), checkout(true, true)]);
        assert_eq!(story, [(at(1), Kind::CheckoutCompleted, None)]);
    }

    #[test]
    fn our_own_decision_to_end_is_told_when_it_is_made_and_when_it_is_taken_back() {
        let intent = |ends_at| Facts::CancelIntent(CancelIntentFacts { subscription: "sub_1".into(), ends_at });
        let story = told([intent(Some(at(9))), intent(Some(at(9))), intent(None), intent(None)]);
        assert_eq!(story, [(at(0), Kind::CancelScheduled, None), (at(2), Kind::CancelWithdrawn, None)]);
    }

    #[test]
    fn a_refund_is_told_when_it_is_asked_for_and_when_it_comes_back() {
        let statuses = [RefundStatus::Pending, RefundStatus::Succeeded, RefundStatus::Failed, RefundStatus::Failed];
        let story = told(statuses.map(|status| refund(300, status, 0)));
        let money = Some(usd(300));
        assert_eq!(story, [(at(0), Kind::Refunded, money), (at(2), Kind::RefundFailed, money)]);
    }

    #[rstest]
    #[case(DisputeStatus::Won, Kind::DisputeWon)]
    #[case(DisputeStatus::Lost, Kind::DisputeLost)]
    fn a_dispute_is_told_when_it_opens_and_when_it_is_decided(#[case] end: DisputeStatus, #[case] kind: Kind) {
        let story = told([DisputeStatus::Open, DisputeStatus::Open, end, end].map(dispute));
        let money = Some(usd(999));
        assert_eq!(story, [(at(0), Kind::DisputeOpened, money), (at(2), kind, money)]);
    }

    #[test]
    fn what_happened_to_several_objects_stands_in_the_order_of_time_and_then_of_a_purchase() {
        let completed = Facts::Checkout(CheckoutFacts { completed: true, paid: true, subscription: None });
        let observations = [
            seen("in_2", 30, paid(30..60)),
            seen("in_1", 0, paid(0..30)),
            seen("sub_1", 0, runs(Phase::Active)),
            seen("cs_1", 0, completed),
        ];
        let timeline = set(observations).timeline();
        let story: Vec<_> = timeline.iter().map(|entry| (entry.object.as_str(), entry.kind)).collect();
        let expected = [
            ("cs_1", Kind::CheckoutCompleted),
            ("sub_1", Kind::SubscriptionCreated),
            ("sub_1", Kind::SubscriptionActive),
            ("in_1", Kind::PaymentSucceeded),
            ("in_2", Kind::PaymentSucceeded),
        ];
        assert_eq!(story, expected);
    }
}
