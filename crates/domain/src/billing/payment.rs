//! The payments of a customer as they follow from what was observed, and how much of one may be given back.

use super::links::Links;
use super::{DisputeStatus, Facts, InvoiceFacts, InvoiceStatus, Observation, ObservationSet, Period, RefundStatus};
use crate::kernel::{Money, Timestamp};
use std::time::Duration;

/// A payment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The provider's id of the invoice that it paid.
    pub invoice: String,
    /// Every id under which it is known: the payment's, its charge's, the invoice's.
    pub names: Vec<String>,
    /// The subscription it was for.
    pub subscription: Option<String>,
    /// How much.
    pub paid: Money,
    /// How much of that was given back, or is on its way.
    pub refunded: Money,
    /// When it was first seen to be paid.
    pub paid_at: Timestamp,
    /// The time it is for.
    pub period: Option<Period>,
    /// Its holder disputes it, or won a dispute over it.
    pub disputed: bool,
}

/// How much of a payment its payer may have back without asking anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefundPolicy {
    /// How much.
    pub share: RefundShare,
    /// For how long after the payment.
    pub window: Duration,
}

impl Default for RefundPolicy {
    fn default() -> Self {
        Self { share: RefundShare::Full, window: Duration::from_secs(14 * 24 * 60 * 60) }
    }
}

/// How much of a payment is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundShare {
    /// All of it.
    Full,
    /// What is left of the time that it paid for, rounded up for the payer.
    ProRated,
}

/// The payments in a set of observations, the latest first.
#[must_use]
pub fn payments(set: &ObservationSet) -> Vec<Payment> {
    let links = Links::between(set.iter().map(|received| &received.observation));
    let histories = set.histories();
    let latest: Vec<&Observation> =
        histories.values().filter_map(|history| Some(&history.last()?.observation)).collect();
    let mut payments: Vec<Payment> = latest
        .iter()
        .filter_map(|observation| match &observation.facts {
            Facts::Invoice(facts) if facts.status == InvoiceStatus::Paid && facts.paid.amount_minor > 0 => {
                Some((observation, facts))
            }
            _ => None,
        })
        .map(|(observation, facts)| {
            let paid =
                |seen: &&Observation| matches!(&seen.facts, Facts::Invoice(f) if f.status == InvoiceStatus::Paid);
            let history = histories.get(observation.object.as_str()).into_iter().flatten();
            let seen_paid = history.map(|received| &received.observation).filter(paid);
            let paid_at = seen_paid.map(|seen| seen.as_of).min().unwrap_or(observation.as_of);
            payment(observation, facts, paid_at, &latest, &links)
        })
        .collect();
    payments.sort_by(|a, b| (b.paid_at, &b.invoice).cmp(&(a.paid_at, &a.invoice)));
    payments
}

fn payment(
    invoice: &Observation,
    facts: &InvoiceFacts,
    paid_at: Timestamp,
    latest: &[&Observation],
    links: &Links<'_>,
) -> Payment {
    let connected = || latest.iter().filter(|other| links.connected(&invoice.object, &other.object));
    let refunds = connected().filter_map(|other| match &other.facts {
        Facts::Refund(refund) if refund.status != RefundStatus::Failed => Some(refund.amount.amount_minor),
        _ => None,
    });
    let on_charge = connected().filter_map(|other| match &other.facts {
        Facts::Charge(charge) => Some(charge.refunded.amount_minor),
        _ => None,
    });
    // Either may be known first; what was given back twice over is never less than either says.
    let refunded = refunds.fold(0_i64, i64::saturating_add).max(on_charge.fold(0_i64, i64::saturating_add));
    let disputed = connected()
        .any(|other| matches!(&other.facts, Facts::Dispute(dispute) if dispute.status != DisputeStatus::Won));
    let named = connected().filter(|other| matches!(other.facts, Facts::Charge(_) | Facts::Link | Facts::Invoice(_)));
    let mut names: Vec<String> = named.map(|other| other.object.clone()).chain(invoice.refers_to.clone()).collect();
    names.push(invoice.object.clone());
    names.retain(|name| Some(name) != facts.subscription.as_ref());
    names.sort();
    names.dedup();
    let (start, end) =
        (facts.lines.iter().map(|line| line.period.start).min(), facts.lines.iter().map(|line| line.period.end).max());
    Payment {
        invoice: invoice.object.clone(),
        names,
        subscription: facts.subscription.clone(),
        paid: facts.paid,
        refunded: Money::new(refunded, facts.paid.currency),
        paid_at,
        period: start.zip(end).map(|(start, end)| Period { start, end }),
        disputed,
    }
}

impl Payment {
    /// What was not given back yet.
    #[must_use]
    pub fn left(&self) -> Money {
        let minor = self.paid.amount_minor.saturating_sub(self.refunded.amount_minor).max(0);
        Money::new(minor, self.paid.currency)
    }
}

impl RefundPolicy {
    /// How much of a payment its payer may have back at `now`; `None` when it is too late for that. Never more than is
    /// left.
    #[must_use]
    pub fn allows(&self, payment: &Payment, now: Timestamp) -> Option<Money> {
        if now >= payment.paid_at + self.window {
            return None;
        }
        let whole = payment.paid.amount_minor;
        let allowed = match (self.share, payment.period) {
            (RefundShare::Full, _) | (RefundShare::ProRated, None) => whole,
            (RefundShare::ProRated, Some(period)) => unused(whole, period, now),
        };
        let minor = allowed.saturating_sub(payment.refunded.amount_minor).clamp(0, payment.left().amount_minor);
        Some(Money::new(minor, payment.paid.currency))
    }
}

/// `whole` times the part of the period that lies ahead, rounded up.
fn unused(whole: i64, period: Period, now: Timestamp) -> i64 {
    let micros = |from: Timestamp| i128::try_from(period.end.since(from).as_micros()).unwrap_or(0);
    let (all, ahead) = (micros(period.start), micros(now.max(period.start)));
    let share = (i128::from(whole) * ahead + all - 1).checked_div(all).unwrap_or(0);
    i64::try_from(share).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::super::ChargeFacts;
    use super::super::tests::{at, dispute, paid, refund, seen, seen_of, set, usd};
    use super::*;

    /// Paid 9.99 on day 0 for days 0 to 30, by `pi_1` and its charge `ch_1`.
    fn bought(more: impl IntoIterator<Item = Observation>) -> Payment {
        let charge =
            |refunded| Facts::Charge(ChargeFacts { amount: usd(999), refunded: usd(refunded), pays_no_invoice: false });
        let first = [
            seen_of("pi_1", "in_1", 0, paid(0..30)),
            seen_of("ch_1", "pi_1", 0, Facts::Link),
            seen_of("pi_1", "ch_1", 0, charge(0)),
        ];
        let payments = payments(&set(first.into_iter().chain(more)));
        let [payment] = <[_; 1]>::try_from(payments).unwrap();
        payment
    }

    fn prorated() -> RefundPolicy {
        RefundPolicy { share: RefundShare::ProRated, ..RefundPolicy::default() }
    }

    #[test]
    fn a_payment_is_known_by_all_its_names_and_not_by_its_subscription() {
        let payment = bought([]);
        assert_eq!(payment.names, ["ch_1", "in_1", "pi_1"]);
        assert_eq!((payment.paid, payment.left(), payment.paid_at), (usd(999), usd(999), at(0)));
        assert_eq!(payment.period, Some(Period { start: at(0), end: at(30) }));
    }

    #[test]
    fn what_came_back_or_was_refused_counts_as_it_is() {
        let part = bought([seen_of("pi_1", "re_1", 1, refund(300, RefundStatus::Succeeded, 1))]);
        assert_eq!((part.refunded, part.left()), (usd(300), usd(699)));
        let failed = bought([seen_of("pi_1", "re_1", 1, refund(300, RefundStatus::Failed, 1))]);
        assert_eq!(failed.left(), usd(999));
        let charge = Facts::Charge(ChargeFacts { amount: usd(999), refunded: usd(500), pays_no_invoice: false });
        assert_eq!(bought([seen_of("pi_1", "ch_1", 2, charge)]).left(), usd(499));
        for (status, disputed) in
            [(DisputeStatus::Open, true), (DisputeStatus::Lost, true), (DisputeStatus::Won, false)]
        {
            assert_eq!(bought([seen_of("ch_1", "dp_1", 1, dispute(status))]).disputed, disputed);
        }
    }

    #[test]
    fn to_see_a_payment_again_later_does_not_lengthen_the_time_to_give_it_back() {
        let again = bought([seen_of("pi_1", "in_1", 20, paid(0..30))]);
        assert_eq!(again.paid_at, at(0));
    }

    #[rstest]
    #[case::full_at_once(RefundPolicy::default(), 0, Some(999))]
    #[case::full_on_the_last_day(RefundPolicy::default(), 13, Some(999))]
    #[case::too_late(RefundPolicy::default(), 14, None)]
    #[case::all_of_it_ahead(prorated(), 0, Some(999))]
    #[case::half_rounded_up(prorated(), 10, Some(666))]
    #[case::too_late_for_a_part(prorated(), 14, None)]
    fn the_policy_says_how_much(#[case] policy: RefundPolicy, #[case] day: u64, #[case] minor: Option<i64>) {
        assert_eq!(policy.allows(&bought([]), at(day)), minor.map(usd));
    }

    #[test]
    fn what_was_given_back_is_not_given_again() {
        let most = bought([seen_of("pi_1", "re_1", 1, refund(700, RefundStatus::Pending, 1))]);
        assert_eq!(RefundPolicy::default().allows(&most, at(2)), Some(usd(299)));
        assert_eq!(prorated().allows(&most, at(10)), Some(usd(0)));
    }

    #[test]
    fn what_cost_nothing_is_no_payment() {
        let free = seen(
            "in_2",
            0,
            Facts::Invoice(InvoiceFacts { paid: usd(0), ..super::super::tests::invoice(InvoiceStatus::Paid, 0..7) }),
        );
        let open = seen("in_3", 0, super::super::tests::paid(0..30));
        let open = Observation {
            facts: match open.facts {
                Facts::Invoice(facts) => Facts::Invoice(InvoiceFacts { status: InvoiceStatus::Open, ..facts }),
                other => other,
            },
            ..open
        };
        assert_eq!(payments(&set([free, open])), []);
    }

    proptest! {
        #[test]
        fn a_part_is_never_too_little_and_never_more_than_was_paid(whole in 1_i64..1_000_000_000, hours in 0_u64..800) {
            let now = at(0) + Duration::from_secs(hours * 3_600);
            let part = unused(whole, Period { start: at(0), end: at(30) }, now);
            let exact = i128::from(whole) * i128::from(720_u64.saturating_sub(hours));
            prop_assert!(i128::from(part) * 720 >= exact && (i128::from(part) - 1) * 720 < exact || exact == 0 && part == 0);
            prop_assert!(part <= whole);
        }
    }
}
