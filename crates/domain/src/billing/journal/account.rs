//! The accounts of the books, and what stands in them.

use crate::kernel::{Currency, Money};

/// An account. Names never change: entries hold them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// What a payment provider holds for us.
    ProviderClearing,
    /// Paid for time that has not passed yet.
    DeferredRevenue,
    /// Earned.
    Revenue,
    /// Given back to payers: less revenue.
    Refunds,
    /// Held back by a provider until a dispute is decided.
    DisputeHeld,
    /// Lost in disputes.
    DisputeLoss,
}

impl Account {
    /// Every account.
    pub const ALL: [Self; 6] = [
        Self::ProviderClearing,
        Self::DeferredRevenue,
        Self::Revenue,
        Self::Refunds,
        Self::DisputeHeld,
        Self::DisputeLoss,
    ];

    /// The stored name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProviderClearing => "provider_clearing",
            Self::DeferredRevenue => "deferred_revenue",
            Self::Revenue => "revenue",
            Self::Refunds => "refunds",
            Self::DisputeHeld => "dispute_held",
            Self::DisputeLoss => "dispute_loss",
        }
    }

    /// The account of a stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.name() == name)
    }
}

/// What stands in one account, in one currency: more than 0 is a debit, less a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountBalance {
    /// Which.
    pub account: Account,
    /// Debits less credits.
    pub balance: Money,
}

/// What stands in all accounts. In each currency it comes to 0, or the books are wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrialBalance(pub Vec<AccountBalance>);

impl TrialBalance {
    /// The currencies in which the accounts don't come to 0, with what they come to.
    #[must_use]
    pub fn unbalanced(&self) -> Vec<Money> {
        let mut sums: Vec<(Currency, i64)> = Vec::new();
        for AccountBalance { balance, .. } in &self.0 {
            match sums.iter_mut().find(|(currency, _)| *currency == balance.currency) {
                Some((_, sum)) => *sum = sum.saturating_add(balance.amount_minor),
                None => sums.push((balance.currency, balance.amount_minor)),
            }
        }
        sums.into_iter().filter(|(_, sum)| *sum != 0).map(|(currency, sum)| Money::new(sum, currency)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::usd;
    use super::*;

    #[test]
    fn an_account_is_found_by_its_stored_name() {
        for account in Account::ALL {
            assert_eq!(Account::from_name(account.name()), Some(account));
        }
        assert_eq!(Account::from_name("petty_cash"), None);
    }

    #[test]
    fn books_that_are_wrong_are_found_out_per_currency() {
        let euro = |amount| Money::new(amount, Currency::parse("EUR").unwrap());
        let line = |account, balance| AccountBalance { account, balance };
        let balance = TrialBalance(vec![
            line(Account::ProviderClearing, usd(900)),
            line(Account::DeferredRevenue, usd(-900)),
            line(Account::ProviderClearing, euro(5)),
        ]);
        assert_eq!(balance.unbalanced(), [euro(5)]);
    }
}
