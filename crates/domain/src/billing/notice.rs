//! What a member is told about their billing. Each notice has a key made of the fact it is about, and goes out at most
//! once per key, however often and in whatever order the fact is observed.

use super::{Facts, InvoiceStatus, ObservationSet, Phase, Standing};
use crate::kernel::{Money, Timestamp};

/// Something a member should be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The fact it is about.
    pub key: String,
    /// What it says.
    pub kind: NoticeKind,
    /// When the fact came about, by the provider's clock. News that come much later are not news.
    pub at: Timestamp,
    /// How much money it is about.
    pub money: Option<Money>,
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// The subscription runs, for the first time.
    SubscriptionActive,
    /// A payment arrived.
    PaymentReceived,
    /// A payment failed and will be tried again.
    PaymentFailed,
    /// The subscription is over.
    SubscriptionEnded,
}

impl NoticeKind {
    /// The stored name, and the name of its texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SubscriptionActive => "subscription-active",
            Self::PaymentReceived => "payment-received",
            Self::PaymentFailed => "payment-failed",
            Self::SubscriptionEnded => "subscription-ended",
        }
    }

    /// The notice of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Self::SubscriptionActive, Self::PaymentReceived, Self::PaymentFailed, Self::SubscriptionEnded];
        all.into_iter().find(|kind| kind.name() == name)
    }
}

/// Everything a member should have been told, given what was observed and where they stand.
#[must_use]
pub fn notices(set: &ObservationSet, standing: &Standing) -> Vec<Notice> {
    let mut notices = Vec::new();
    for subscription in &standing.subscriptions {
        let id = &subscription.provider_subscription_id;
        let mut add = |word: &str, kind, at| {
            notices.push(Notice { key: format!("{word}:{id}"), kind, at, money: None });
        };
        if subscription.paid_through.is_some() {
            add("active", NoticeKind::SubscriptionActive, subscription.started_at);
        }
        if let (Some(grace), Some(paid)) = (subscription.grace_until, subscription.paid_through) {
            add(&format!("dunning-{}", paid.unix_seconds()), NoticeKind::PaymentFailed, grace.min(paid));
        }
        // What is paid to its last period is not over before that period is.
        let over = subscription.ended_at.filter(|_| subscription.phase != Phase::Completed);
        if let (Some(ended_at), Some(_)) = (over, subscription.paid_through) {
            add("ended", NoticeKind::SubscriptionEnded, ended_at);
        }
    }
    notices.extend(receipts(set));
    notices
}

/// A receipt for each paid invoice of a subscription.
fn receipts(set: &ObservationSet) -> impl Iterator<Item = Notice> {
    let mut paid: Vec<Notice> = set
        .iter()
        .filter_map(|received| match &received.observation.facts {
            Facts::Invoice(facts) if facts.status == InvoiceStatus::Paid && facts.paid.amount_minor > 0 => {
                Some(Notice {
                    key: format!("paid:{}", received.observation.object),
                    kind: NoticeKind::PaymentReceived,
                    at: received.observation.as_of,
                    money: Some(facts.paid),
                })
            }
            _ => None,
        })
        .collect();
    paid.sort_by(|a, b| (&a.key, a.at).cmp(&(&b.key, b.at)));
    paid.dedup_by(|b, a| a.key == b.key);
    paid.into_iter()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CATALOG, at, invoice, paid, seen, set, subscription, usd};
    use super::super::{Catalog, EndReason, InvoiceFacts, Observation, Phase, SubscriptionFacts, derive};
    use super::*;

    fn told(observations: impl IntoIterator<Item = Observation>) -> Vec<Notice> {
        let set = set(observations);
        notices(&set, &derive(&set, &Catalog::parse(CATALOG).unwrap()))
    }

    fn keys(observations: impl IntoIterator<Item = Observation>) -> Vec<String> {
        told(observations).into_iter().map(|notice| notice.key).collect()
    }

    fn runs(day: u64, phase: Phase) -> Observation {
        seen("sub_1", day, Facts::Subscription(subscription(phase)))
    }

    fn ended() -> Observation {
        let phase = Phase::Ended(EndReason::AtPeriodEnd);
        seen("sub_1", 30, Facts::Subscription(SubscriptionFacts { ended_at: Some(at(30)), ..subscription(phase) }))
    }

    #[test]
    fn a_first_payment_says_that_the_subscription_runs_and_that_money_arrived() {
        let active =
            Notice { key: "active:sub_1".into(), kind: NoticeKind::SubscriptionActive, at: at(0), money: None };
        let receipt =
            Notice { key: "paid:in_1".into(), kind: NoticeKind::PaymentReceived, at: at(1), money: Some(usd(999)) };
        assert_eq!(told([runs(0, Phase::Active), seen("in_1", 1, paid(0..30))]), [active, receipt]);
    }

    #[test]
    fn a_renewal_is_a_receipt_of_its_own_and_no_new_beginning() {
        let renewed = [runs(0, Phase::Active), seen("in_1", 0, paid(0..30)), seen("in_2", 30, paid(30..60))];
        assert_eq!(keys(renewed), ["active:sub_1", "paid:in_1", "paid:in_2"]);
    }

    #[test]
    fn an_invoice_seen_twice_is_one_receipt_of_the_first_time() {
        let twice = [seen("in_1", 5, paid(0..30)), seen("in_1", 1, paid(0..30))];
        let receipts = told(twice);
        assert_eq!(
            receipts.iter().map(|notice| (notice.key.as_str(), notice.at)).collect::<Vec<_>>(),
            [("paid:in_1", at(1))]
        );
    }

    #[test]
    fn without_a_payment_there_is_nothing_to_tell() {
        let free = InvoiceFacts { paid: usd(0), ..invoice(InvoiceStatus::Paid, 0..30) };
        let open = invoice(InvoiceStatus::Open, 0..30);
        assert_eq!(told([runs(0, Phase::Pending), seen("in_1", 0, Facts::Invoice(open))]), []);
        assert_eq!(told([seen("in_1", 0, Facts::Invoice(free))]), []);
        assert_eq!(told([ended()]), [], "what was never paid ends silently");
    }

    #[test]
    fn each_period_that_fails_is_told_once_as_of_the_end_of_the_paid_time() {
        let first = [runs(0, Phase::Active), seen("in_1", 0, paid(0..30)), runs(30, Phase::Dunning)];
        let again = [runs(33, Phase::Dunning)];
        let second = [seen("in_2", 34, paid(30..60)), runs(60, Phase::Dunning)];
        let failures = |observations: Vec<Observation>| {
            let failed = told(observations).into_iter().filter(|notice| notice.kind == NoticeKind::PaymentFailed);
            failed.map(|notice| (notice.key, notice.at)).collect::<Vec<_>>()
        };
        let key = |day| format!("dunning-{}:sub_1", at(day).unix_seconds());
        assert_eq!(failures(first.to_vec()), [(key(30), at(30))]);
        assert_eq!(failures([&first[..], &again].concat()), [(key(30), at(30))]);
        assert_eq!(failures([&first[..], &again, &second].concat()), [(key(60), at(60))]);
    }

    #[test]
    fn a_subscription_that_was_paid_ends_with_a_word() {
        let notices = told([seen("in_1", 0, paid(0..30)), ended()]);
        let end = notices.iter().find(|notice| notice.kind == NoticeKind::SubscriptionEnded).unwrap();
        assert_eq!((end.key.as_str(), end.at), ("ended:sub_1", at(30)));
    }

    #[test]
    fn a_kind_is_found_by_its_stored_name() {
        for kind in [
            NoticeKind::SubscriptionActive,
            NoticeKind::PaymentReceived,
            NoticeKind::PaymentFailed,
            NoticeKind::SubscriptionEnded,
        ] {
            assert_eq!(NoticeKind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(NoticeKind::from_name("subscription_active"), None);
    }
}
