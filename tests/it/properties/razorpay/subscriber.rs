//! A subscriber as Razorpay would know them.

use hos_domain::billing::{Interval, Period};
use hos_domain::kernel::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Authenticated,
    Active,
    Pending,
    Halted,
    Paused,
    Cancelled,
    Completed,
}

#[derive(Debug, Clone)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) at: Timestamp,
    pub(crate) failed: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) invoice: Option<String>,
    pub(crate) amount: i64,
    pub(crate) period: Option<Period>,
    pub(crate) refunds: Vec<Refund>,
    /// Its id, and when it was decided for us or against us.
    pub(crate) dispute: Option<(String, Option<(Timestamp, bool)>)>,
}

impl Payment {
    pub(crate) fn given_back(&self) -> i64 {
        self.refunds.iter().filter(|refund| !refund.failed).map(|refund| refund.amount).sum()
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Subscriber {
    pub(crate) id: String,
    pub(crate) plan: &'static str,
    pub(crate) trial: Option<Timestamp>,
    pub(crate) state: State,
    pub(crate) created_at: Timestamp,
    /// The first charge is due then.
    pub(crate) start_at: Timestamp,
    /// The period that was paid last.
    pub(crate) period: Option<Period>,
    /// The period that Razorpay shows.
    pub(crate) shown: Option<Period>,
    pub(crate) cycle: u32,
    pub(crate) total_count: u32,
    pub(crate) paid_count: u32,
    pub(crate) ended_at: Option<Timestamp>,
    /// When it is to end, as only we know.
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) retry: Option<(Timestamp, u32)>,
    pub(crate) payments: Vec<Payment>,
}

pub(crate) fn due(subscriber: &Subscriber) -> Option<Timestamp> {
    match subscriber.state {
        State::Authenticated => Some(subscriber.start_at),
        State::Active => subscriber.period.map(|period| period.end),
        State::Pending => subscriber.retry.map(|(at, _)| at),
        State::Created | State::Halted | State::Paused | State::Cancelled | State::Completed => None,
    }
}

/// The next period that is not over yet: cycles that nobody paid for are lost.
pub(crate) fn next_period(subscriber: &Subscriber, at: Timestamp) -> (u32, Period) {
    let mut cycle = subscriber.cycle;
    loop {
        let start = Interval::Month.after(subscriber.start_at, cycle);
        cycle += 1;
        let end = Interval::Month.after(subscriber.start_at, cycle);
        if end > at {
            return (cycle, Period { start, end });
        }
    }
}
