//! What a move to another price in the middle of a period comes to: what is not used is credited, what is new is charged.

use hos_domain::billing::Period;
use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{SandboxState, SandboxSubscription};

use super::deeds::PriceChange;

/// What a change comes to, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Difference {
    /// What the new price costs for the rest of the period, or for a new one.
    pub(crate) charge_minor: i64,
    /// What of the old price is not used.
    pub(crate) unused_minor: i64,
    /// What is to be paid at once.
    pub(crate) due_minor: i64,
    /// What is left over for later.
    pub(crate) credit_minor: i64,
    /// The time that is charged.
    pub(crate) period: Period,
    /// It settles the rest of a period; else a new one begins, because it is of another length.
    pub(crate) proration: bool,
}

/// Reckons a change; `None` where the state forbids it, or nothing would change.
pub(crate) fn difference(
    subscription: &SandboxSubscription,
    change: &PriceChange,
    at: Timestamp,
) -> Option<Difference> {
    let forbidden = subscription.state != SandboxState::Active || subscription.retry.is_some();
    let (old, new) = (subscription.amount, change.amount);
    if forbidden || subscription.price == change.price || old.currency != new.currency {
        return None;
    }
    let Period { start, end } = subscription.period;
    let from = change.prorated_at.unwrap_or(at).truncated_to_seconds().clamp(start, at.min(end));
    let part = |amount: i64| share(amount, end.since(from).as_secs(), end.since(start).as_secs());
    let proration = subscription.interval == change.interval;
    let charge_minor = if proration { part(new.amount_minor) } else { new.amount_minor };
    let unused_minor = part(old.amount_minor);
    let net = charge_minor - unused_minor;
    let period =
        if proration { Period { start: at, end } } else { Period { start: at, end: change.interval.after(at, 1) } };
    let (due_minor, credit_minor) = (net.max(0), (-net).max(0));
    Some(Difference { charge_minor, unused_minor, due_minor, credit_minor, period, proration })
}

/// `amount * part / whole`, to the nearest minor unit, halves up.
fn share(amount: i64, part: u64, whole: u64) -> i64 {
    let doubled = i128::from(amount) * i128::from(part) * 2 + i128::from(whole);
    doubled.checked_div(i128::from(whole) * 2).and_then(|share| i64::try_from(share).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(999, 30, 30, 999)]
    #[case(999, 15, 30, 500)]
    #[case(999, 0, 30, 0)]
    #[case(1, 1, 3, 0)]
    #[case(1, 1, 0, 0)]
    fn a_share_is_rounded_to_the_nearest(#[case] amount: i64, #[case] part: u64, #[case] whole: u64, #[case] is: i64) {
        assert_eq!(share(amount, part, whole), is);
    }
}
