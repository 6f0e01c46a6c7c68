//! What a member is told about their billing. Each notice has a key made of the fact it is about, and goes out at most
//! once per key, however often and in whatever order the fact is observed.

use super::{Facts, InvoiceStatus, ObservationSet, Standing};
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
        if let (Some(ended_at), Some(_)) = (subscription.ended_at, subscription.paid_through) {
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
