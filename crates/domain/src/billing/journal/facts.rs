//! The entries that follow from what was observed.

use super::{Account, JournalEntry};
use crate::billing::links::Links;
use crate::billing::{
    ChargeFacts, DisputeFacts, DisputeStatus, Facts, InvoiceFacts, InvoiceStatus, ObservationSet, Period, Received,
    RefundFacts, RefundStatus,
};
use crate::kernel::{Money, Timestamp};

impl ObservationSet {
    /// The entries that follow from it, the earliest first.
    #[must_use]
    pub fn journal(&self) -> Vec<JournalEntry> {
        let links = Links::between(self.iter().map(|received| &received.observation));
        let histories = self.histories();
        let refunds: Vec<&str> = objects_where(&histories, |facts| matches!(facts, Facts::Refund(_))).collect();
        let mut entries = Vec::new();
        for (object, history) in &histories {
            let Some(latest) = history.last() else { continue };
            match &latest.observation.facts {
                Facts::Invoice(facts) => entries.extend(payment(object, facts, history)),
                Facts::Refund(facts) => entries.extend(refund(object, facts, history)),
                // Refunds of their own are more exact than what a charge says of them.
                Facts::Charge(facts) if !refunds.iter().any(|refund| links.connected(object, refund)) => {
                    entries.extend(refund_of_charge(object, facts, history));
                }
                Facts::Dispute(facts) => entries.extend(dispute(object, facts, history)),
                Facts::Charge(_)
                | Facts::Checkout(_)
                | Facts::Subscription(_)
                | Facts::CancelIntent(_)
                | Facts::Link => {}
            }
        }
        entries.sort_by(|a, b| (a.at, &a.fact).cmp(&(b.at, &b.fact)));
        entries
    }
}

fn objects_where<'a>(
    histories: &std::collections::BTreeMap<&'a str, Vec<&Received>>,
    is: impl Fn(&Facts) -> bool,
) -> impl Iterator<Item = &'a str> {
    histories
        .iter()
        .filter(move |(_, history)| history.last().is_some_and(|latest| is(&latest.observation.facts)))
        .map(|(object, _)| *object)
}

/// Since when an object has been as `is` says: to see the same again later moves nothing.
fn since(history: &[&Received], is: impl Fn(&Facts) -> bool) -> Timestamp {
    let alike = history.iter().filter(|received| is(&received.observation.facts));
    alike.map(|received| received.observation.as_of).min().unwrap_or(Timestamp::EPOCH)
}

fn payment(invoice: &str, facts: &InvoiceFacts, history: &[&Received]) -> Option<JournalEntry> {
    if facts.status != InvoiceStatus::Paid || facts.paid.amount_minor == 0 {
        return None;
    }
    let is_paid = |facts: &Facts| matches!(facts, Facts::Invoice(facts) if facts.status == InvoiceStatus::Paid);
    let at = since(history, is_paid);
    let starts = facts.lines.iter().map(|line| line.period.start);
    let ends = facts.lines.iter().map(|line| line.period.end);
    let service = starts.min().zip(ends.max()).map(|(start, end)| Period { start, end });
    // What was paid for no time is earned at once.
    let from = if service.is_some() { Account::DeferredRevenue } else { Account::Revenue };
    let entry = JournalEntry::transfer(format!("paid:{invoice}"), at, facts.paid, from, Account::ProviderClearing);
    Some(JournalEntry { service, ..entry })
}

fn refund(refund: &str, facts: &RefundFacts, history: &[&Received]) -> Vec<JournalEntry> {
    let (given, back) = (Account::Refunds, Account::ProviderClearing);
    let fact = format!("refunded:{refund}");
    let mut entries = vec![JournalEntry::transfer(fact, facts.created_at, facts.amount, back, given)];
    if facts.status == RefundStatus::Failed {
        let failed = |facts: &Facts| matches!(facts, Facts::Refund(facts) if facts.status == RefundStatus::Failed);
        let fact = format!("refund_failed:{refund}");
        entries.push(JournalEntry::transfer(fact, since(history, failed), facts.amount, given, back));
    }
    entries
}

fn refund_of_charge(charge: &str, facts: &ChargeFacts, history: &[&Received]) -> Option<JournalEntry> {
    let said = facts.refunded.amount_minor;
    let as_much = |facts: &Facts| matches!(facts, Facts::Charge(facts) if facts.refunded.amount_minor >= said);
    let at = since(history, as_much);
    let amount = Money::new(said, facts.refunded.currency);
    let fact = format!("refunded:{charge}");
    (said > 0).then(|| JournalEntry::transfer(fact, at, amount, Account::ProviderClearing, Account::Refunds))
}

fn dispute(dispute: &str, facts: &DisputeFacts, history: &[&Received]) -> Vec<JournalEntry> {
    let (held, clearing) = (Account::DisputeHeld, Account::ProviderClearing);
    let opened = since(history, |facts| matches!(facts, Facts::Dispute(_)));
    let mut entries = vec![JournalEntry::transfer(format!("disputed:{dispute}"), opened, facts.amount, clearing, held)];
    let decided =
        since(history, |earlier| matches!(earlier, Facts::Dispute(earlier) if earlier.status == facts.status));
    let decision = match facts.status {
        DisputeStatus::Open => None,
        DisputeStatus::Won => Some(("dispute_won", clearing)),
        DisputeStatus::Lost => Some(("dispute_lost", Account::DisputeLoss)),
    };
    entries
        .extend(decision.map(|(fact, into)| {
            JournalEntry::transfer(format!("{fact}:{dispute}"), decided, facts.amount, held, into)
        }));
    entries
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::super::tests::{at, dispute, paid, refund, seen, seen_of, set, usd};
    use super::super::super::{ChargeFacts, Observation};
    use super::*;

    fn balances(observations: Vec<Observation>) -> Vec<(Account, i64)> {
        let entries = set(observations).journal();
        assert!(
            entries.iter().all(|entry| entry.postings.iter().map(|posting| posting.amount_minor).sum::<i64>() == 0)
        );
        let of = |account: Account| {
            let postings = entries.iter().flat_map(|entry| &entry.postings);
            postings.filter(|posting| posting.account == account).map(|posting| posting.amount_minor).sum::<i64>()
        };
        Account::ALL.map(|account| (account, of(account))).into_iter().filter(|(_, sum)| *sum != 0).collect()
    }

    fn charge(refunded: i64) -> Facts {
        Facts::Charge(ChargeFacts { amount: usd(999), refunded: usd(refunded), pays_no_invoice: false })
    }

    #[rstest]
    #[case::a_payment(vec![seen("in_1", 0, paid(0..30))], &[(Account::ProviderClearing, 999), (Account::DeferredRevenue, -999)])]
    #[case::a_refund(
        vec![seen("in_1", 0, paid(0..30)), seen_of("in_1", "re_1", 3, refund(400, RefundStatus::Pending, 3))],
        &[(Account::ProviderClearing, 599), (Account::DeferredRevenue, -999), (Account::Refunds, 400)]
    )]
    #[case::a_refund_that_came_back(
        vec![seen("in_1", 0, paid(0..30)), seen_of("in_1", "re_1", 9, refund(400, RefundStatus::Failed, 3))],
        &[(Account::ProviderClearing, 999), (Account::DeferredRevenue, -999)]
    )]
    #[case::a_charge_that_says_so(
        vec![seen("in_1", 0, paid(0..30)), seen_of("in_1", "ch_1", 3, charge(400))],
        &[(Account::ProviderClearing, 599), (Account::DeferredRevenue, -999), (Account::Refunds, 400)]
    )]
    #[case::a_charge_beside_its_refund(
        vec![
            seen("in_1", 0, paid(0..30)),
            seen_of("in_1", "ch_1", 3, charge(400)),
            seen_of("ch_1", "re_1", 3, refund(400, RefundStatus::Succeeded, 3)),
        ],
        &[(Account::ProviderClearing, 599), (Account::DeferredRevenue, -999), (Account::Refunds, 400)]
    )]
    #[case::an_open_dispute(
        vec![seen("dp_1", 4, dispute(DisputeStatus::Open))],
        &[(Account::ProviderClearing, -999), (Account::DisputeHeld, 999)]
    )]
    #[case::a_dispute_that_was_won(vec![seen("dp_1", 4, dispute(DisputeStatus::Open)), seen("dp_1", 9, dispute(DisputeStatus::Won))], &[])]
    #[case::a_dispute_that_was_lost(
        vec![seen("dp_1", 9, dispute(DisputeStatus::Lost))],
        &[(Account::ProviderClearing, -999), (Account::DisputeLoss, 999)]
    )]
    fn each_fact_moves_money_where_it_went(
        #[case] observations: Vec<Observation>,
        #[case] expected: &[(Account, i64)],
    ) {
        assert_eq!(balances(observations), expected);
    }

    #[test]
    fn to_see_the_same_again_later_writes_nothing_new() {
        let once = set([seen("in_1", 1, paid(0..30))]);
        let again = set([seen("in_1", 1, paid(0..30)), seen("in_1", 5, paid(0..30))]);
        assert_eq!(once.journal(), again.journal());
        assert_eq!(once.journal().first().unwrap().at, at(1));
    }
}
