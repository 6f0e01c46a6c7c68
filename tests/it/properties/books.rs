//! The books of generated lives: whatever order the events came in, they come to what really happened to the money.

use std::collections::BTreeMap;

use hos_domain::billing::{Account, JournalEntry, ObservationSet, Written, to_write};
use hos_domain::sandbox::SandboxInvoice;
use proptest::prelude::*;
use proptest::sample::Index;

use super::laws::{any_language, shuffled};
use super::life::{any_story, received, set, tell};

fn balance(entries: &[JournalEntry], account: Account) -> i64 {
    let postings = entries.iter().flat_map(|entry| &entry.postings).filter(|posting| posting.account == account);
    postings.map(|posting| posting.amount_minor).sum()
}

/// What the provider really holds of an invoice.
fn held(invoice: &SandboxInvoice) -> i64 {
    let refunds = invoice.refunds.iter().filter(|refund| !refund.failed).map(|refund| refund.amount.amount_minor);
    let kept = invoice.amount.amount_minor - refunds.sum::<i64>();
    match &invoice.dispute {
        _ if !invoice.paid => 0,
        Some(dispute) if dispute.closed.is_none_or(|(_, won)| !won) => 0,
        _ => kept,
    }
}

/// A ledger as the database keeps it: entries are added and never changed.
#[derive(Default)]
struct Ledger(Vec<JournalEntry>);

impl Ledger {
    fn write(&mut self, set: &ObservationSet) {
        let mut written: BTreeMap<String, Written> = BTreeMap::new();
        for entry in &self.0 {
            let before = written.remove(&entry.fact);
            let revisions = before.as_ref().map_or(0, |known| known.revisions) + 1;
            let before = before.map(|known| known.entry.postings).unwrap_or_default();
            let postings = before.into_iter().chain(entry.postings.clone()).collect();
            written
                .insert(entry.fact.clone(), Written { revisions, entry: JournalEntry { postings, ..entry.clone() } });
        }
        self.0.extend(to_write(&written, &set.journal()).into_iter().map(|(_, entry)| entry));
    }
}

proptest! {
    #[test]
    fn every_entry_comes_to_nothing_and_clearing_to_what_the_provider_holds(story in any_story(), language in any_language()) {
        let told = tell(&story, language);
        for moment in &told.moments {
            let entries = set(&told.observations[..moment.known]).journal();
            for entry in &entries {
                prop_assert_eq!(entry.postings.iter().map(|posting| posting.amount_minor).sum::<i64>(), 0, "{:?}", entry);
            }
            let invoices = moment.customer.subscriptions.iter().flat_map(|subscription| &subscription.invoices);
            let (mut holds, mut captured) = (0, 0);
            for invoice in invoices {
                holds += held(invoice);
                captured += if invoice.paid { invoice.amount.amount_minor } else { 0 };
            }
            prop_assert_eq!(balance(&entries, Account::ProviderClearing), holds);
            prop_assert!(balance(&entries, Account::Refunds) <= captured);
        }
    }

    #[test]
    fn books_kept_event_by_event_in_any_order_come_to_the_same(
        story in any_story(),
        language in any_language(),
        order in prop::collection::vec(any::<Index>(), 1..80),
    ) {
        let told = tell(&story, language);
        let (mut ledger, mut known) = (Ledger::default(), ObservationSet::default());
        for observation in shuffled(&told.observations, &order) {
            known.insert(received(observation));
            ledger.write(&known);
        }
        let due = set(&told.observations).journal();
        for account in Account::ALL {
            prop_assert_eq!(balance(&ledger.0, account), balance(&due, account), "{:?}", account);
        }
        let end = told.moments.last().unwrap().now;
        let earned = |entries: &[JournalEntry]| entries.iter().map(|entry| entry.earned_by(end)).sum::<i64>();
        prop_assert_eq!(earned(&ledger.0), earned(&due));
        let before = ledger.0.len();
        ledger.write(&known);
        prop_assert_eq!(ledger.0.len(), before, "nothing is written twice");
    }
}
