//! What takes a payment away again: refunds and disputes.

use crate::billing::access::CurrentPayment;
use crate::billing::{DisputeStatus, Facts, InvoiceFacts, Observation, Received, RefundStatus};
use crate::kernel::Timestamp;

/// A refund, a dispute, or what a charge says of its refunds.
#[derive(Clone, Copy)]
pub(super) struct Correction<'a> {
    pub(super) latest: &'a Observation,
    /// Since when it has been as it is: to see the same again later moves nothing.
    since: Timestamp,
}

impl<'a> Correction<'a> {
    /// The correction that an object's snapshots, earliest first, tell of.
    pub(super) fn of(latest: &'a Observation, history: &[&Received]) -> Self {
        let snapshots = history.iter().rev().map(|received| &received.observation);
        let alike = snapshots.take_while(|snapshot| says_as_much(&snapshot.facts, &latest.facts));
        let since = alike.map(|snapshot| snapshot.as_of).min().unwrap_or(latest.as_of);
        Self { latest, since }
    }

    fn dispute_status(&self) -> Option<DisputeStatus> {
        match &self.latest.facts {
            Facts::Dispute(facts) => Some(facts.status),
            _ => None,
        }
    }

    fn refund(&self) -> Option<(Timestamp, i64)> {
        match &self.latest.facts {
            Facts::Refund(facts) if facts.status == RefundStatus::Failed => Some((facts.created_at, 0)),
            Facts::Refund(facts) => Some((facts.created_at, facts.amount.amount_minor)),
            _ => None,
        }
    }

    fn refund_of_charge(&self) -> Option<(Timestamp, i64)> {
        match &self.latest.facts {
            Facts::Charge(facts) => Some((self.since, facts.refunded.amount_minor)),
            _ => None,
        }
    }
}

/// Whether an earlier snapshot said already what the latest says.
fn says_as_much(earlier: &Facts, latest: &Facts) -> bool {
    match (earlier, latest) {
        (Facts::Dispute(earlier), Facts::Dispute(latest)) => earlier.status == latest.status,
        (Facts::Charge(earlier), Facts::Charge(latest)) => {
            earlier.refunded.amount_minor >= latest.refunded.amount_minor
        }
        _ => false,
    }
}

/// How the money of an invoice fares. What was given back or lost after its period was over takes nothing from anybody.
pub(super) fn fate(invoice: &InvoiceFacts, covers_until: Timestamp, corrections: &[Correction<'_>]) -> CurrentPayment {
    let disputed = |status| corrections.iter().filter(move |correction| correction.dispute_status() == Some(status));
    if disputed(DisputeStatus::Lost).any(|dispute| dispute.since < covers_until) {
        CurrentPayment::Lost
    } else if given_back_at(invoice, corrections).is_some_and(|at| at < covers_until) {
        CurrentPayment::Refunded
    } else if disputed(DisputeStatus::Open).next().is_some() {
        CurrentPayment::Disputed
    } else {
        CurrentPayment::Kept
    }
}

/// When all that was paid had been given back; never for a part. Refunds of their own are more exact than what a charge
/// says of them.
fn given_back_at(invoice: &InvoiceFacts, corrections: &[Correction<'_>]) -> Option<Timestamp> {
    let mut refunds: Vec<_> = corrections.iter().filter_map(Correction::refund).collect();
    if refunds.is_empty() {
        refunds = corrections.iter().filter_map(Correction::refund_of_charge).collect();
    }
    refunds.sort_unstable();
    let mut missing = invoice.paid.amount_minor;
    refunds.into_iter().find_map(|(at, amount)| {
        missing = missing.saturating_sub(amount);
        (invoice.paid.amount_minor > 0 && missing <= 0).then_some(at)
    })
}
