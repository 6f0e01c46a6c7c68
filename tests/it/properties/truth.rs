//! What really happened to a pretended customer, read from the customer. Written from the rules of access in the
//! product's description, without a look at how the product derives them.

use hos_domain::billing::{AccessPolicy, Status};
use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{SandboxEnd, SandboxInvoice, SandboxState, SandboxSubscription};

/// What must be derived for a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truth {
    pub status: Status,
    pub has_access: bool,
    pub will_renew: bool,
    pub paid_through: Option<Timestamp>,
}

/// What is true of a subscription at `now`.
pub fn truth(subscription: &SandboxSubscription, policy: &AccessPolicy, now: Timestamp) -> Truth {
    let paid: Vec<_> = subscription.invoices.iter().filter(|invoice| invoice.paid && !invoice.proration).collect();
    let last = paid.iter().max_by_key(|invoice| invoice.period.end);
    let revoked = last.is_some_and(|invoice| is_gone(invoice));
    let good = paid.iter().filter(|invoice| !is_gone(invoice)).map(|invoice| invoice.period.end);
    let started = subscription.state != SandboxState::Incomplete;
    let paid_through = good.chain(subscription.trial_end).max().filter(|_| started);
    let state = subscription.state;
    let runs = matches!(state, SandboxState::Trialing | SandboxState::Active | SandboxState::PastDue);
    let will_renew = runs && !subscription.cancel_at_period_end;
    let end = match state {
        _ if revoked => None,
        SandboxState::Incomplete | SandboxState::Unpaid | SandboxState::Ended => None,
        SandboxState::PastDue => paid_through.map(|paid| paid + policy.dunning),
        SandboxState::Paused => paid_through,
        SandboxState::Trialing | SandboxState::Active if will_renew => {
            paid_through.map(|paid| paid + policy.renewal_slack)
        }
        SandboxState::Trialing | SandboxState::Active => paid_through,
    };
    let status = match (state, subscription.ended.map(|(_, why)| why)) {
        (SandboxState::Incomplete, _) => Status::Pending,
        (_, Some(SandboxEnd::NeverPaid)) => Status::Expired,
        _ if revoked => Status::Revoked,
        (_, Some(SandboxEnd::Now)) => Status::Canceled,
        (_, Some(SandboxEnd::AtPeriodEnd | SandboxEnd::PaymentFailed)) => Status::Expired,
        (SandboxState::Trialing, _) => Status::Trialing,
        (SandboxState::Active, _) => Status::Active,
        (SandboxState::PastDue, _) if end.is_some_and(|end| now < end) => Status::GracePeriod,
        (SandboxState::PastDue | SandboxState::Unpaid, _) => Status::PastDue,
        (SandboxState::Paused, _) if paid_through.is_some_and(|paid| now < paid) => Status::Active,
        (SandboxState::Paused, _) => Status::Paused,
        (SandboxState::Ended, None) => unreachable!("an ended subscription says why"),
    };
    Truth { status, has_access: end.is_some_and(|end| now < end), will_renew, paid_through }
}

/// The whole payment was given back, or lost in a dispute, while the period that it paid for ran.
fn is_gone(invoice: &SandboxInvoice) -> bool {
    let in_time = |at: Timestamp| at < invoice.period.end;
    let lost = invoice.dispute.as_ref().and_then(|dispute| dispute.closed);
    if lost.is_some_and(|(at, won)| !won && in_time(at)) {
        return true;
    }
    let mut given_back = 0;
    for refund in invoice.refunds.iter().filter(|refund| !refund.failed) {
        given_back += refund.amount.amount_minor;
        if invoice.amount.amount_minor > 0 && given_back >= invoice.amount.amount_minor {
            return in_time(refund.created_at);
        }
    }
    false
}
