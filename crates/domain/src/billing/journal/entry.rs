//! An entry: one fact about money, as postings that come to 0.

use super::Account;
use crate::billing::Period;
use crate::kernel::{Currency, Money, Timestamp};

/// One fact about money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// What happened to which provider object, e.g. `paid:in_1`; an entry is one per fact of a customer.
    pub fact: String,
    /// When, by the provider's clock.
    pub at: Timestamp,
    /// In which currency all postings are.
    pub currency: Currency,
    /// For which time was paid, where it was paid for a time: what is deferred is earned evenly over it.
    pub service: Option<Period>,
    /// What moves; comes to 0.
    pub postings: Vec<Posting>,
}

/// What moves in one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Posting {
    /// Which.
    pub account: Account,
    /// Minor units; more than 0 is a debit, less a credit.
    pub amount_minor: i64,
}

impl JournalEntry {
    /// So much moves out of one account into another.
    #[must_use]
    pub(super) fn transfer(fact: String, at: Timestamp, amount: Money, from: Account, into: Account) -> Self {
        let postings = vec![
            Posting { account: into, amount_minor: amount.amount_minor },
            Posting { account: from, amount_minor: -amount.amount_minor },
        ];
        Self { fact, at, currency: amount.currency, service: None, postings }
    }

    /// How much of what it deferred is earned by `now`: evenly over the time that was paid for, rounded down until all of
    /// it has passed, so that the parts always come to the whole.
    #[must_use]
    pub fn earned_by(&self, now: Timestamp) -> i64 {
        let deferred = self.postings.iter().filter(|posting| posting.account == Account::DeferredRevenue);
        let deferred = -deferred.map(|posting| posting.amount_minor).sum::<i64>();
        let Some(Period { start, end }) = self.service else { return 0 };
        if now >= end {
            return deferred;
        }
        let (passed, whole) = (now.since(start).as_secs(), end.since(start).as_secs());
        let earned = i128::from(deferred) * i128::from(passed) / i128::from(whole.max(1));
        i64::try_from(earned).unwrap_or(deferred)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::tests::{at, usd};
    use super::*;

    fn paid(minor: i64) -> JournalEntry {
        let (from, into) = (Account::DeferredRevenue, Account::ProviderClearing);
        let entry = JournalEntry::transfer("paid:in_1".into(), at(0), usd(minor), from, into);
        JournalEntry { service: Some(Period { start: at(0), end: at(30) }), ..entry }
    }

    #[test]
    fn what_is_paid_for_a_month_is_earned_over_the_month() {
        let earned = |day| paid(999).earned_by(at(day));
        assert_eq!([earned(0), earned(1), earned(15), earned(29), earned(30), earned(90)], [0, 33, 499, 965, 999, 999]);
        assert_eq!(JournalEntry { service: None, ..paid(999) }.earned_by(at(90)), 0);
    }

    proptest! {
        #[test]
        fn nothing_is_unearned_again_and_never_more_earned_than_was_paid(minor in 0_i64..10_000_000, days in prop::collection::vec(0_u64..60, 2..10)) {
            let mut days = days;
            days.sort_unstable();
            let earned: Vec<i64> = days.iter().map(|day| paid(minor).earned_by(at(*day))).collect();
            prop_assert!(earned.is_sorted() && earned.iter().all(|earned| (0..=minor).contains(earned)), "{:?}", earned);
        }
    }
}
