//! The lives of Razorpay's subscribers, played without a look at how we read them: mandates, charges that succeed or fail
//! and are tried again, pauses, ends, refunds, disputes. Times are whole seconds, and no two deeds share one.

use std::time::Duration;

use hos_domain::kernel::Timestamp;

use super::subscriber::{Payment, Refund, State, Subscriber, due, next_period};
use super::words::{Told, Words};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// After the first failure a charge is tried again on the three days that follow.
const RETRIES: u32 = 3;

#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Subscribe { trial_days: u32, total_count: u32 },
    GiveMandate(usize),
    UseCard(bool),
    CancelNow(usize),
    CancelAtCycleEnd(usize),
    Pause(usize),
    Resume(usize),
    ChangePlan(usize),
    Refund { payment: usize, percent: i64 },
    FailRefund(usize),
    Dispute(usize),
    CloseDispute(usize, bool),
    Nothing,
}

/// What Razorpay leaves open, and may do either way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manners {
    /// The period that it shows moves on before the charge for it succeeds.
    pub(crate) moves_on_early: bool,
    /// A subscription is completed with its last charge, and not with its last day.
    pub(crate) completes_early: bool,
}

pub(crate) struct Life {
    pub(crate) subscribers: Vec<Subscriber>,
    pub(crate) told: Vec<Told>,
    pub(crate) last: Timestamp,
    card: bool,
    manners: Manners,
    serial: u32,
}

impl Life {
    pub(crate) fn new(at: Timestamp, manners: Manners) -> Self {
        Self { subscribers: Vec::new(), told: Vec::new(), last: at, card: true, manners, serial: 0 }
    }

    pub(super) fn number(&mut self, prefix: &str) -> String {
        self.serial += 1;
        format!("{prefix}_{}", self.serial)
    }

    /// When something happens next by itself.
    pub(crate) fn due(&self) -> Option<Timestamp> {
        self.subscribers.iter().filter_map(due).min()
    }

    /// Lets time pass, then does something.
    pub(crate) fn act(&mut self, deed: &Deed, at: Timestamp) {
        self.live(at);
        self.last = at.max(self.last + SECOND);
        self.perform(deed);
        self.live(self.last);
    }

    pub(crate) fn live(&mut self, until: Timestamp) {
        while let Some(due_at) = self.due().filter(|due| *due <= until) {
            self.last = due_at.max(self.last + SECOND);
            let nth = self.subscribers.iter().position(|subscriber| due(subscriber) == Some(due_at)).unwrap();
            let subscriber = &self.subscribers[nth];
            let last_cycle = subscriber.paid_count == subscriber.total_count;
            match subscriber.state {
                State::Active if last_cycle => self.end(nth, State::Completed),
                State::Active if subscriber.ends_at.is_some() => self.end(nth, State::Cancelled),
                _ => self.charge(nth),
            }
        }
    }

    fn perform(&mut self, deed: &Deed) {
        let count = self.subscribers.len();
        let nth = |nth: &usize| nth % count.max(1);
        let is =
            |nth: usize, states: &[State]| self.subscribers.get(nth).is_some_and(|one| states.contains(&one.state));
        let running = [State::Authenticated, State::Active, State::Pending, State::Halted, State::Paused];
        match deed {
            Deed::Nothing => {}
            Deed::Subscribe { trial_days, total_count } => self.subscribe(*trial_days, *total_count),
            Deed::GiveMandate(n) if is(nth(n), &[State::Created]) && self.card => self.give_mandate(nth(n)),
            Deed::UseCard(pays) => {
                self.card = *pays;
                let behind = |one: &Subscriber| matches!(one.state, State::Pending | State::Halted);
                for n in (0..count).filter(|_| *pays) {
                    if behind(&self.subscribers[n]) {
                        self.charge(n);
                    }
                }
            }
            Deed::CancelNow(n) if is(nth(n), &running) => self.end(nth(n), State::Cancelled),
            Deed::CancelAtCycleEnd(n) if is(nth(n), &[State::Active]) => self.cancel_at_cycle_end(nth(n)),
            Deed::Pause(n) if is(nth(n), &[State::Active]) && self.subscribers[nth(n)].ends_at.is_none() => {
                self.turn(nth(n), State::Paused, "subscription.paused");
            }
            Deed::Resume(n) if is(nth(n), &[State::Paused]) => self.turn(nth(n), State::Active, "subscription.resumed"),
            Deed::ChangePlan(n) if is(nth(n), &[State::Active]) => {
                self.subscribers[nth(n)].plan = "plan_coach_plus_monthly_inr";
                self.turn(nth(n), State::Active, "subscription.updated");
            }
            Deed::Refund { payment, percent } => self.refund(*payment, *percent),
            Deed::FailRefund(n) => self.fail_refund(*n),
            Deed::Dispute(n) => self.dispute(*n),
            Deed::CloseDispute(n, won) => self.close_dispute(*n, *won),
            _ => {}
        }
    }

    pub(super) fn words(&self) -> Words {
        Words(self.last)
    }

    fn turn(&mut self, nth: usize, state: State, kind: &str) {
        self.subscribers[nth].state = state;
        self.told.push(self.words().subscription(kind, &self.subscribers[nth]));
    }

    fn subscribe(&mut self, trial_days: u32, total_count: u32) {
        let (id, at) = (self.number("sub"), self.last);
        let trial = (trial_days > 0).then(|| at + DAY * trial_days);
        self.subscribers.push(Subscriber {
            id,
            plan: "plan_premium_monthly_inr",
            trial,
            state: State::Created,
            created_at: at,
            start_at: trial.unwrap_or(at),
            period: None,
            shown: None,
            cycle: 0,
            total_count,
            paid_count: 0,
            ended_at: None,
            ends_at: None,
            retry: None,
            payments: Vec::new(),
        });
    }

    /// A mandate without a charge is proven by a small payment, which is given back at once and is for no invoice.
    fn give_mandate(&mut self, nth: usize) {
        self.turn(nth, State::Authenticated, "subscription.authenticated");
        let Some(trial) = self.subscribers[nth].trial else {
            self.subscribers[nth].start_at = self.last + SECOND;
            return;
        };
        self.subscribers[nth].start_at = trial;
        let (id, refund) = (self.number("pay"), self.number("rfnd"));
        let refund = Refund { id: refund, amount: 500, at: self.last, failed: false };
        let proof =
            Payment { id, invoice: None, amount: 500, period: None, refunds: vec![refund.clone()], dispute: None };
        let paid = Payment { refunds: Vec::new(), ..proof.clone() };
        self.told.extend([
            self.words().payment("payment.captured", &paid),
            self.words().refund("refund.created", &refund, &proof),
            self.words().refund("refund.processed", &refund, &proof),
        ]);
    }

    fn charge(&mut self, nth: usize) {
        let (payment, at, words) = (self.number("pay"), self.last, self.words());
        let Manners { moves_on_early, completes_early } = self.manners;
        let subscriber = &mut self.subscribers[nth];
        let invoice = Some(format!("inv_{}_{}", subscriber.id, subscriber.paid_count + 1));
        let mut payment =
            Payment { id: payment, invoice, amount: 49_900, period: None, refunds: Vec::new(), dispute: None };
        let (cycle, period) = next_period(subscriber, at);
        if !self.card {
            let failures = subscriber.retry.map_or(0, |(_, failures)| failures);
            let halted = failures == RETRIES;
            subscriber.state = if halted { State::Halted } else { State::Pending };
            subscriber.retry = (!halted).then(|| (at + DAY, failures + 1));
            subscriber.shown = if moves_on_early { Some(period) } else { subscriber.shown };
            let kind = if halted { "subscription.halted" } else { "subscription.pending" };
            self.told.extend([words.payment("payment.failed", &payment), words.subscription(kind, subscriber)]);
            return;
        }
        let first = subscriber.paid_count == 0;
        (subscriber.cycle, subscriber.period, subscriber.shown) = (cycle, Some(period), Some(period));
        (subscriber.state, subscriber.retry) = (State::Active, None);
        subscriber.paid_count += 1;
        payment.period = Some(period);
        subscriber.payments.push(payment.clone());
        self.told.extend(words.charged(subscriber, &payment));
        self.told.extend(first.then(|| words.subscription("subscription.activated", subscriber)));
        if completes_early && subscriber.paid_count == subscriber.total_count {
            self.end(nth, State::Completed);
        }
    }

    fn end(&mut self, nth: usize, state: State) {
        self.subscribers[nth].ended_at = Some(self.last);
        self.subscribers[nth].retry = None;
        let kind = if state == State::Completed { "subscription.completed" } else { "subscription.cancelled" };
        self.turn(nth, state, kind);
    }

    /// Razorpay's answer and all that follows show nothing of it until the cycle ends.
    fn cancel_at_cycle_end(&mut self, nth: usize) {
        let subscriber = &mut self.subscribers[nth];
        let more_to_come = subscriber.paid_count < subscriber.total_count;
        if subscriber.ends_at.is_none() && more_to_come {
            subscriber.ends_at = subscriber.period.map(|period| period.end);
            self.told.push(Words(self.last).cancel_intent(&self.subscribers[nth]));
        }
    }
}
