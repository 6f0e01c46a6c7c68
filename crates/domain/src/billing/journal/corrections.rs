//! From the books as they are to the books as they should be: what is missing is written, what was written and is not so is
//! reversed. Nothing is ever edited.

use std::collections::BTreeMap;

use super::{JournalEntry, Posting};

/// What was written of one fact so far, all its revisions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// How often it was written about.
    pub revisions: u32,
    /// An entry with what stands in each account.
    pub entry: JournalEntry,
}

/// The entries to write, each with its revision of the fact, so that what is written comes to what follows from the
/// observations.
#[must_use]
pub fn to_write(written: &BTreeMap<String, Written>, due: &[JournalEntry]) -> Vec<(u32, JournalEntry)> {
    let missing = due.iter().flat_map(|entry| match written.get(&entry.fact) {
        None => vec![(0, entry.clone())],
        Some(known) => correction(known, Some(entry)),
    });
    let due_facts: Vec<&str> = due.iter().map(|entry| entry.fact.as_str()).collect();
    let untrue = written.values().filter(|known| !due_facts.contains(&known.entry.fact.as_str()));
    missing.chain(untrue.flat_map(|known| correction(known, None))).collect()
}

/// What was written is taken back, and what is so is written in its place, unless they are the same.
fn correction(known: &Written, due: Option<&JournalEntry>) -> Vec<(u32, JournalEntry)> {
    let standing = settled(&known.entry.postings);
    let wanted = due.map(|entry| settled(&entry.postings)).unwrap_or_default();
    let same_time = due.is_none_or(|entry| (entry.at, entry.service) == (known.entry.at, known.entry.service));
    if standing == wanted && same_time {
        return Vec::new();
    }
    let back = standing.iter().map(|posting| Posting { amount_minor: -posting.amount_minor, ..*posting }).collect();
    let reversal = JournalEntry { postings: back, ..known.entry.clone() };
    let reversal = (!standing.is_empty()).then_some(reversal);
    let anew = due.filter(|_| !wanted.is_empty()).cloned();
    let revisions = known.revisions..;
    revisions.zip(reversal.into_iter().chain(anew)).collect()
}

/// What stands in each account; accounts in which nothing stands are left out.
fn settled(postings: &[Posting]) -> Vec<Posting> {
    let mut sums = BTreeMap::new();
    for posting in postings {
        *sums.entry(posting.account).or_insert(0) += posting.amount_minor;
    }
    let standing = sums.into_iter().filter(|(_, amount_minor)| *amount_minor != 0);
    standing.map(|(account, amount_minor)| Posting { account, amount_minor }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{at, paid, refund, seen, seen_of, set};
    use super::super::super::{ChargeFacts, Facts, ObservationSet, RefundStatus};
    use super::*;

    /// Writes as a ledger does: entries are added and never changed.
    fn write(ledger: &mut Vec<(u32, JournalEntry)>, set: &ObservationSet) {
        let mut written: BTreeMap<String, Written> = BTreeMap::new();
        for (_, entry) in ledger.iter() {
            let known = written.entry(entry.fact.clone());
            let known = known.or_insert_with(|| Written {
                revisions: 0,
                entry: JournalEntry { postings: Vec::new(), ..entry.clone() },
            });
            known.revisions += 1;
            known.entry.postings.extend(&entry.postings);
            (known.entry.at, known.entry.service) = (entry.at, entry.service);
        }
        ledger.extend(to_write(&written, &set.journal()));
    }

    #[test]
    fn what_is_written_once_is_not_written_again() {
        let set = set([seen("in_1", 0, paid(0..30))]);
        let mut ledger = Vec::new();
        write(&mut ledger, &set);
        write(&mut ledger, &set);
        assert_eq!(ledger.len(), 1);
    }

    #[test]
    fn what_turns_out_otherwise_is_reversed_and_written_anew() {
        let charge = |refunded| {
            let amount = super::super::super::tests::usd(999);
            let refunded = super::super::super::tests::usd(refunded);
            Facts::Charge(ChargeFacts { amount, refunded, pays_no_invoice: false })
        };
        let mut seen_so_far = vec![seen_of("in_1", "ch_1", 3, charge(400))];
        let mut ledger = Vec::new();
        write(&mut ledger, &set(seen_so_far.clone()));
        seen_so_far.push(seen_of("in_1", "ch_1", 5, charge(700)));
        write(&mut ledger, &set(seen_so_far.clone()));
        let told: Vec<_> = ledger.iter().map(|(revision, entry)| (*revision, entry.fact.as_str(), entry.at)).collect();
        assert_eq!(told, [(0, "refunded:ch_1", at(3)), (1, "refunded:ch_1", at(3)), (2, "refunded:ch_1", at(5))]);
        // Its refund, more exact, takes the place of what the charge said.
        seen_so_far.push(seen_of("ch_1", "re_1", 5, refund(700, RefundStatus::Succeeded, 5)));
        write(&mut ledger, &set(seen_so_far));
        let facts: Vec<&str> = ledger.iter().skip(3).map(|(_, entry)| entry.fact.as_str()).collect();
        assert_eq!(facts, ["refunded:re_1", "refunded:ch_1"]);
        let refunded: i64 = ledger
            .iter()
            .flat_map(|(_, entry)| &entry.postings)
            .filter(|posting| posting.account == super::super::Account::Refunds)
            .map(|posting| posting.amount_minor)
            .sum();
        assert_eq!(refunded, 700);
    }
}
