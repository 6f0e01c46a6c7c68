//! What is true of a subscriber, read from the subscriber and from no event, by the rules of the product's description.

use hos_domain::billing::{AccessPolicy, Status};
use hos_domain::kernel::Timestamp;

use super::subscriber::{Payment, State, Subscriber};

/// What must be derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Truth {
    pub(crate) status: Status,
    pub(crate) has_access: bool,
    pub(crate) will_renew: bool,
    pub(crate) paid_through: Option<Timestamp>,
}

pub(crate) fn truth(subscriber: &Subscriber, policy: &AccessPolicy, now: Timestamp) -> Truth {
    let state = subscriber.state;
    let end = |payment: &Payment| payment.period.map(|period| period.end);
    let kept = subscriber.payments.iter().filter(|payment| !is_gone(payment)).filter_map(end);
    let trial = subscriber.trial.filter(|_| state != State::Created);
    let paid_through = kept.chain(trial).max();
    let last = subscriber.payments.iter().max_by_key(|payment| end(payment));
    let revoked = last.is_some_and(is_gone);
    let trialing = state == State::Authenticated && subscriber.trial.is_some();
    let runs = trialing || matches!(state, State::Active | State::Pending);
    let more_to_come = subscriber.paid_count < subscriber.total_count || state == State::Pending;
    let will_renew = runs && subscriber.ends_at.is_none() && more_to_come;
    let access_end = match state {
        _ if revoked => None,
        State::Created | State::Halted | State::Cancelled => None,
        State::Authenticated if !trialing => None,
        State::Pending => paid_through.map(|paid| paid + policy.dunning),
        State::Authenticated | State::Active if will_renew => paid_through.map(|paid| paid + policy.renewal_slack),
        State::Authenticated | State::Active | State::Paused | State::Completed => paid_through,
    };
    let in_paid_time = paid_through.is_some_and(|paid| now < paid);
    let status = match state {
        State::Created => Status::Pending,
        State::Authenticated if !trialing => Status::Pending,
        _ if revoked => Status::Revoked,
        State::Authenticated => Status::Trialing,
        State::Active => Status::Active,
        State::Pending if access_end.is_some_and(|end| now < end) => Status::GracePeriod,
        State::Pending | State::Halted => Status::PastDue,
        State::Paused | State::Completed if in_paid_time => Status::Active,
        State::Paused => Status::Paused,
        State::Completed => Status::Expired,
        State::Cancelled => Status::Canceled,
    };
    Truth { status, has_access: access_end.is_some_and(|end| now < end), will_renew, paid_through }
}

/// All of it was given back, or lost in a dispute, while the period that it paid for ran.
fn is_gone(payment: &Payment) -> bool {
    let in_time = |at: Timestamp| payment.period.is_some_and(|period| at < period.end);
    if matches!(payment.dispute, Some((_, Some((at, false)))) if in_time(at)) {
        return true;
    }
    let mut given_back = 0;
    for refund in payment.refunds.iter().filter(|refund| !refund.failed) {
        given_back += refund.amount;
        if given_back >= payment.amount {
            return in_time(refund.at);
        }
    }
    false
}
