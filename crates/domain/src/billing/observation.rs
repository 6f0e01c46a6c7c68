//! One thing a provider told us: immutable, free of personal data, kept for ever.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Environment, Facts, InvoiceStatus, Provider, RefundStatus};
use crate::identity::UserId;
use crate::kernel::Timestamp;

/// A whole snapshot of one provider object at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Who told us.
    pub provider: Provider,
    /// Whether it is about real money.
    pub environment: Environment,
    /// The provider's account it happened in; empty for the only one.
    pub account: String,
    /// The provider's customer, if the snapshot names it.
    pub customer: Option<String>,
    /// The provider's id of the object.
    pub object: String,
    /// Ids of objects this one belongs together with.
    pub refers_to: Vec<String>,
    /// The user of ours that it names.
    pub user: Option<UserId>,
    /// As of when the snapshot is true.
    pub as_of: Timestamp,
    /// What happened to the object.
    pub change: Change,
    /// The snapshot.
    pub facts: Facts,
}

/// What happened to an object; orders snapshots of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It came into being.
    Created,
    /// It changed.
    Updated,
    /// It is gone.
    Deleted,
}

/// How an observation reached us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The provider sent it.
    Webhook,
    /// We asked.
    Fetch,
    /// We decided it.
    Ours,
}

impl Source {
    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Fetch => "fetch",
            Self::Ours => "ours",
        }
    }

    /// The source of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Webhook, Self::Fetch, Self::Ours].into_iter().find(|source| source.name() == name)
    }
}

/// What an observation says, as 32 bytes. It is the observation's identity: the same content under another event id
/// changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Reads a stored digest back; `None` when it is not 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Observation {
    /// The identity of what it says.
    #[must_use]
    pub fn digest(&self) -> Digest {
        // A struct of strings, numbers and enums has no way to fail in JSON, and its form is the same every time.
        let form = serde_json::to_vec(self);
        debug_assert!(form.is_ok());
        Digest(Sha256::digest(form.unwrap_or_default()).into())
    }

    /// Which of two snapshots of one object is the later: a terminal one beats all, then time, then the kind of change,
    /// then how many periods were paid, then more access, then the digest, so that there is always exactly one answer.
    #[must_use]
    pub fn supersedes(&self, other: &Self) -> Ordering {
        self.certain_rank()
            .cmp(&other.certain_rank())
            .then_with(|| self.tie_breaker().cmp(&other.tie_breaker()))
            .then_with(|| self.digest().cmp(&other.digest()))
    }

    /// Whether the order of two different snapshots of one object is only a guess: the provider's own times don't tell.
    #[must_use]
    pub fn is_tied_with(&self, other: &Self) -> bool {
        self.certain_rank() == other.certain_rank() && self.facts != other.facts
    }

    /// What really orders snapshots.
    fn certain_rank(&self) -> (u8, Timestamp, Change) {
        (self.finality(), self.as_of, self.change)
    }

    /// How final the facts are. An invoice only moves forward through its states, whatever the clock says.
    fn finality(&self) -> u8 {
        match &self.facts {
            Facts::Subscription(facts) => u8::from(facts.phase.is_terminal()),
            Facts::Invoice(facts) => match facts.status {
                InvoiceStatus::Draft | InvoiceStatus::Open | InvoiceStatus::Uncollectible => 0,
                InvoiceStatus::Void => 1,
                InvoiceStatus::Paid => 2,
            },
            Facts::Checkout(facts) => u8::from(facts.completed) + u8::from(facts.paid),
            Facts::Charge(_) | Facts::Refund(_) | Facts::Dispute(_) | Facts::CancelIntent(_) | Facts::Link => 0,
        }
    }

    fn tie_breaker(&self) -> (u32, u8) {
        match &self.facts {
            Facts::Subscription(facts) => (facts.paid_count, facts.phase.access_rank()),
            Facts::Invoice(facts) => {
                (0, u8::from(!facts.attempt_failed) + u8::from(facts.status == InvoiceStatus::Open))
            }
            Facts::Refund(facts) => (0, u8::from(facts.status == RefundStatus::Failed)),
            Facts::Checkout(_) | Facts::Charge(_) | Facts::Dispute(_) | Facts::CancelIntent(_) | Facts::Link => (0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rstest::rstest;
    use uuid::Uuid;

    use super::super::tests::{at, dispute, invoice, paid, refund, seen, subscription, usd};
    use super::super::{
        CancelIntentFacts, ChargeFacts, CheckoutFacts, DisputeStatus, EndReason, Phase, SubscriptionFacts,
    };
    use super::*;
    use crate::kernel::Id;

    fn runs(phase: Phase) -> Facts {
        Facts::Subscription(subscription(phase))
    }

    fn billed(status: InvoiceStatus) -> Facts {
        Facts::Invoice(invoice(status, 0..30))
    }

    fn checkout(completed: bool, paid: bool) -> Facts {
        Facts::Checkout(CheckoutFacts { completed, paid, subscription: Some("sub_1".into()) })
    }

    fn charge(minor: i64) -> Facts {
        Facts::Charge(ChargeFacts { amount: usd(minor), refunded: usd(0), pays_no_invoice: false })
    }

    /// One of each kind.
    fn samples() -> Vec<Facts> {
        vec![
            checkout(true, true),
            runs(Phase::Ended(EndReason::Early)),
            billed(InvoiceStatus::Open),
            charge(999),
            refund(999, RefundStatus::Pending, 5),
            dispute(DisputeStatus::Won),
            Facts::CancelIntent(CancelIntentFacts { subscription: "sub_1".into(), ends_at: Some(at(30)) }),
            Facts::Link,
        ]
    }

    #[test]
    fn every_part_of_what_is_said_is_part_of_the_identity() {
        let said = seen("sub_1", 1, runs(Phase::Active));
        let changes: [fn(&mut Observation); 10] = [
            |said| said.provider = Provider::Razorpay,
            |said| said.environment = Environment::Sandbox,
            |said| said.account = "acct_1".into(),
            |said| said.customer = None,
            |said| said.object = "sub_2".into(),
            |said| said.refers_to = vec!["cs_1".into()],
            |said| said.user = Some(Id::new(Uuid::from_u128(7))),
            |said| said.as_of = at(2),
            |said| said.change = Change::Deleted,
            |said| said.facts = runs(Phase::Paused),
        ];
        let others = changes.map(|change| {
            let mut other = said.clone();
            change(&mut other);
            other.digest()
        });
        let all: BTreeSet<_> = others.into_iter().chain([said.digest()]).collect();
        assert_eq!(all.len(), 11);
        assert_eq!(said.clone().digest(), said.digest());
    }

    #[test]
    fn the_identity_survives_being_stored() {
        for facts in samples() {
            let said = seen("object", 1, facts);
            let stored = serde_json::to_string(&said).unwrap();
            let read: Observation = serde_json::from_str(&stored).unwrap();
            assert_eq!((read.digest(), &read), (said.digest(), &said));
        }
    }

    /// Observations are stored for good, and found by what they say: a fact that is added later must not change it.
    #[test]
    fn what_was_stored_before_a_fact_was_added_keeps_its_identity() {
        let charge = seen("ch_1", 1, charge(999));
        let stored = serde_json::to_string(&charge).unwrap();
        assert!(stored.contains(r#""refunded":{"amount_minor":0,"currency":"USD"}}"#), "{stored}");
        assert_eq!(charge.digest().to_string(), "ca8aa667d511fea17de1d26f248c302467478e416f1b1e46ac981e168c3556c9");
    }

    #[test]
    fn a_digest_is_32_bytes_and_reads_as_hexadecimal() {
        let digest = Digest::from_bytes(&[0xab; 32]).unwrap();
        assert_eq!((digest.as_bytes(), digest.to_string()), (&[0xab; 32], "ab".repeat(32)));
        assert_eq!((Digest::from_bytes(&[0; 31]), Digest::from_bytes(&[0; 33])), (None, None));
    }

    #[rstest]
    #[case::time_orders(1, runs(Phase::Active), 2, runs(Phase::Paused))]
    #[case::the_end_beats_what_comes_later(9, runs(Phase::Active), 1, runs(Phase::Ended(EndReason::Early)))]
    #[case::more_access_breaks_a_tie(1, runs(Phase::Unpaid), 1, runs(Phase::Active))]
    #[case::paid_beats_a_later_open(9, billed(InvoiceStatus::Open), 1, billed(InvoiceStatus::Paid))]
    #[case::paid_beats_a_later_void(9, billed(InvoiceStatus::Void), 1, billed(InvoiceStatus::Paid))]
    #[case::void_beats_a_later_draft(9, billed(InvoiceStatus::Draft), 1, billed(InvoiceStatus::Void))]
    #[case::given_up_can_be_opened_again(1, billed(InvoiceStatus::Uncollectible), 2, billed(InvoiceStatus::Open))]
    #[case::completed_beats_a_later_open(9, checkout(false, false), 1, checkout(true, false))]
    #[case::paid_later_beats_completed(9, checkout(true, false), 1, checkout(true, true))]
    #[case::a_failed_refund_breaks_a_tie(
        1,
        refund(9, RefundStatus::Succeeded, 0),
        1,
        refund(9, RefundStatus::Failed, 0)
    )]
    #[case::a_dispute_may_be_reversed(1, dispute(DisputeStatus::Lost), 2, dispute(DisputeStatus::Won))]
    fn the_later_of_two_snapshots_is_known_from_either_side(
        #[case] earlier_day: u64,
        #[case] earlier: Facts,
        #[case] later_day: u64,
        #[case] later: Facts,
    ) {
        let (earlier, later) = (seen("object", earlier_day, earlier), seen("object", later_day, later));
        assert_eq!((later.supersedes(&earlier), earlier.supersedes(&later)), (Ordering::Greater, Ordering::Less));
    }

    #[test]
    fn at_one_instant_the_kind_of_change_comes_before_the_paid_count_and_that_before_access() {
        let snapshot = |change, paid_count, phase| {
            let facts = SubscriptionFacts { paid_count, ..subscription(phase) };
            Observation { change, ..seen("sub_1", 1, Facts::Subscription(facts)) }
        };
        let in_order = [
            snapshot(Change::Created, 9, Phase::Active),
            snapshot(Change::Updated, 1, Phase::Active),
            snapshot(Change::Updated, 2, Phase::Unpaid),
            snapshot(Change::Updated, 2, Phase::Trialing),
            snapshot(Change::Deleted, 0, Phase::Pending),
        ];
        assert!(in_order.is_sorted_by(|a, b| a.supersedes(b) == Ordering::Less));
    }

    #[rstest]
    #[case::other_content(seen("sub_1", 1, runs(Phase::Paused)), true)]
    #[case::the_same_content(seen("sub_1", 1, runs(Phase::Active)), false)]
    #[case::another_time(seen("sub_1", 2, runs(Phase::Paused)), false)]
    #[case::the_end(seen("sub_1", 1, runs(Phase::Ended(EndReason::Early))), false)]
    #[case::another_change(Observation { change: Change::Created, ..seen("sub_1", 1, runs(Phase::Paused)) }, false)]
    fn only_other_content_of_the_same_instant_is_a_tie(#[case] other: Observation, #[case] tied: bool) {
        let said = seen("sub_1", 1, runs(Phase::Active));
        assert_eq!((said.is_tied_with(&other), other.is_tied_with(&said)), (tied, tied));
    }

    #[test]
    fn a_source_is_found_by_its_stored_name() {
        for source in [Source::Webhook, Source::Fetch, Source::Ours] {
            assert_eq!(Source::from_name(source.name()), Some(source));
        }
        assert_eq!(Source::from_name("rumour"), None);
    }

    fn any_snapshot() -> impl Strategy<Value = Observation> {
        let phases = [Phase::Pending, Phase::Unpaid, Phase::Active, Phase::Ended(EndReason::Early)];
        let facts = phases.map(runs).into_iter().chain([paid(0..30), billed(InvoiceStatus::Open)]);
        let facts = prop::sample::select(facts.chain(samples()).collect::<Vec<_>>());
        let change = prop::sample::select(vec![Change::Created, Change::Updated, Change::Deleted]);
        (facts, change, 0..3_u64).prop_map(|(facts, change, day)| Observation { change, ..seen("object", day, facts) })
    }

    proptest! {
        /// What makes the state independent of the order of arrival.
        #[test]
        fn there_is_always_exactly_one_latest_snapshot(a in any_snapshot(), b in any_snapshot(), c in any_snapshot()) {
            prop_assert_eq!(a.supersedes(&b), b.supersedes(&a).reverse());
            prop_assert_eq!(a.supersedes(&b) == Ordering::Equal, a == b);
            if a.supersedes(&b).is_ge() && b.supersedes(&c).is_ge() {
                prop_assert!(a.supersedes(&c).is_ge());
            }
        }
    }
}
