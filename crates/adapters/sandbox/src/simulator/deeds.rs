//! What a pretended customer, or the merchant, can do.

use hos_domain::billing::{Interval, Period};
use hos_domain::kernel::{Money, Timestamp};
use hos_domain::sandbox::{
    Card, SandboxCustomer, SandboxDispute, SandboxEnd, SandboxInvoice, SandboxRefund, SandboxState, SandboxSubscription,
};

use super::happening::Happening;
use super::life::{collect, end, invoice, number, renew};
use super::proration::{Difference, difference};
use std::time::Duration;

/// What is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The sandbox's id of the price.
    pub price: String,
    /// What it costs each time.
    pub amount: Money,
    /// How often.
    pub interval: Interval,
    /// Days of free trial.
    pub trial_days: u32,
}

/// A move to another price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// The sandbox's id of the new price.
    pub price: String,
    /// What it costs each time.
    pub amount: Money,
    /// How often.
    pub interval: Interval,
    /// From when the difference is reckoned, if not from when it is done.
    pub prorated_at: Option<Timestamp>,
}

/// Something a customer or the merchant does. A deed that the present state forbids does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Orders a subscription; without a trial it waits for its first payment.
    Order(Order),
    /// Makes the first payment of the subscription with this id.
    PayFirst(String),
    /// Puts in another card; a payment that is behind is tried at once.
    UseCard(Card),
    /// Cancels at the end of the period, or takes that back.
    CancelAtPeriodEnd(String, bool),
    /// Cancels at once.
    CancelNow(String),
    /// Pauses collection.
    Pause(String),
    /// Ends the pause.
    Resume(String),
    /// Changes to another price in the middle of a period; the difference is paid at once.
    ChangePrice(String, PriceChange),
    /// Gives back so much of the payment of the invoice with this id, under a key.
    Refund(String, Money, Option<String>),
    /// The bank sends the refund with this id back.
    FailRefund(String),
    /// The cardholder disputes the payment of the invoice with this id.
    Dispute(String),
    /// The dispute over the payment of that invoice is decided, for us or not.
    CloseDispute(String, bool),
}

/// Does it.
pub(super) fn act(customer: &mut SandboxCustomer, deed: &Deed, at: Timestamp) -> Vec<Happening> {
    match deed {
        Deed::Order(order) => place_order(customer, order, at),
        Deed::PayFirst(id) => pay_first(customer, id, at),
        Deed::UseCard(card) => use_card(customer, *card, at),
        Deed::CancelAtPeriodEnd(id, cancel) => {
            with(customer, id, |subscription, _| schedule_end(subscription, *cancel, at))
        }
        Deed::CancelNow(id) => with(customer, id, |subscription, _| cancel_now(subscription, at)),
        Deed::Pause(id) => with(customer, id, |subscription, _| pause(subscription, at)),
        Deed::Resume(id) => with(customer, id, |subscription, numbers| resume(subscription, at, numbers)),
        Deed::ChangePrice(id, change) => {
            let card = customer.card;
            with(customer, id, |subscription, numbers| change_price(subscription, change, card, at, numbers))
        }
        Deed::Refund(id, amount, key) => {
            correct(customer, id, |invoice, numbers| refund(invoice, *amount, key.as_deref(), at, numbers))
        }
        Deed::FailRefund(id) => fail_refund(customer, id, at),
        Deed::Dispute(id) => correct(customer, id, |invoice, numbers| dispute(invoice, at, numbers)),
        Deed::CloseDispute(id, won) => correct(customer, id, |invoice, _| close_dispute(invoice, *won, at)),
    }
}

fn place_order(customer: &mut SandboxCustomer, order: &Order, at: Timestamp) -> Vec<Happening> {
    let numbers = &mut customer.next_number;
    let id = number("ssub", numbers);
    let trial = Duration::from_secs(u64::from(order.trial_days) * 86_400);
    let trial_end = (order.trial_days > 0).then(|| at + trial);
    let end = trial_end.unwrap_or_else(|| order.interval.after(at, 1));
    let period = Period { start: at, end };
    let mut first = invoice(numbers, at, period, order.amount);
    if trial_end.is_some() {
        first.amount.amount_minor = 0;
        first.paid = true;
    }
    let subscription = SandboxSubscription {
        id: id.clone(),
        price: order.price.clone(),
        amount: order.amount,
        interval: order.interval,
        state: if trial_end.is_some() { SandboxState::Trialing } else { SandboxState::Incomplete },
        started_at: at,
        anchor: trial_end.unwrap_or(at),
        cycle: u32::from(trial_end.is_none()),
        period,
        trial_end,
        cancel_at_period_end: false,
        ended: None,
        credit_minor: 0,
        retry: None,
        invoices: vec![first.clone()],
    };
    let happenings = vec![Happening::subscription(at, true, &subscription), Happening::invoice(at, true, &first, &id)];
    customer.subscriptions.push(subscription);
    happenings
}

fn pay_first(customer: &mut SandboxCustomer, id: &str, at: Timestamp) -> Vec<Happening> {
    let card = customer.card;
    with(customer, id, |subscription, _| match subscription.state {
        SandboxState::Incomplete if card == Card::Pays => collect(subscription, at, card, false),
        _ => Vec::new(),
    })
}

fn use_card(customer: &mut SandboxCustomer, card: Card, at: Timestamp) -> Vec<Happening> {
    customer.card = card;
    if card == Card::Declines {
        return Vec::new();
    }
    let behind = |state| matches!(state, SandboxState::PastDue | SandboxState::Unpaid);
    let late = customer.subscriptions.iter_mut().find(|subscription| behind(subscription.state));
    late.map(|subscription| collect(subscription, at, card, false)).unwrap_or_default()
}

fn schedule_end(subscription: &mut SandboxSubscription, cancel: bool, at: Timestamp) -> Vec<Happening> {
    let lives = !matches!(subscription.state, SandboxState::Incomplete | SandboxState::Ended);
    if !lives || subscription.cancel_at_period_end == cancel {
        return Vec::new();
    }
    subscription.cancel_at_period_end = cancel;
    vec![Happening::subscription(at, false, subscription)]
}

fn cancel_now(subscription: &mut SandboxSubscription, at: Timestamp) -> Vec<Happening> {
    match subscription.state {
        SandboxState::Ended => Vec::new(),
        SandboxState::Incomplete => end(subscription, at, SandboxEnd::NeverPaid),
        _ if at >= subscription.period.end => end(subscription, at, SandboxEnd::AtPeriodEnd),
        _ => end(subscription, at, SandboxEnd::Now),
    }
}

fn pause(subscription: &mut SandboxSubscription, at: Timestamp) -> Vec<Happening> {
    if subscription.state != SandboxState::Active || subscription.retry.is_some() {
        return Vec::new();
    }
    subscription.state = SandboxState::Paused;
    vec![Happening::subscription(at, false, subscription)]
}

/// Within the paid time nothing is owed; after it a new period begins now.
fn resume(subscription: &mut SandboxSubscription, at: Timestamp, numbers: &mut u32) -> Vec<Happening> {
    if subscription.state != SandboxState::Paused {
        return Vec::new();
    }
    subscription.state = SandboxState::Active;
    if at < subscription.period.end {
        return vec![Happening::subscription(at, false, subscription)];
    }
    (subscription.anchor, subscription.cycle) = (at, 0);
    renew(subscription, at, numbers)
}

fn change_price(
    subscription: &mut SandboxSubscription,
    change: &PriceChange,
    card: Card,
    at: Timestamp,
    numbers: &mut u32,
) -> Vec<Happening> {
    let Some(difference) = difference(subscription, change, at).filter(|_| card == Card::Pays) else {
        return Vec::new();
    };
    let Difference { period, due_minor, credit_minor, proration, .. } = difference;
    (subscription.price, subscription.amount) = (change.price.clone(), change.amount);
    subscription.credit_minor += credit_minor;
    if !proration {
        (subscription.interval, subscription.period) = (change.interval, period);
        (subscription.anchor, subscription.cycle) = (period.start, 1);
    }
    let mut settled = invoice(numbers, at, period, Money::new(due_minor, change.amount.currency));
    (settled.proration, settled.paid) = (proration, true);
    let happenings = vec![
        Happening::subscription(at, false, subscription),
        Happening::invoice(at, true, &settled, &subscription.id),
    ];
    subscription.invoices.push(settled);
    happenings
}

fn refund(
    invoice: &mut SandboxInvoice,
    amount: Money,
    key: Option<&str>,
    at: Timestamp,
    numbers: &mut u32,
) -> Vec<Happening> {
    let given_back: i64 =
        invoice.refunds.iter().filter(|refund| !refund.failed).map(|refund| refund.amount.amount_minor).sum();
    let left = invoice.amount.amount_minor - given_back;
    let amount_minor = amount.amount_minor.min(left);
    if !invoice.paid || amount_minor <= 0 || invoice.dispute.is_some() {
        return Vec::new();
    }
    let amount = Money::new(amount_minor, invoice.amount.currency);
    let (id, key) = (number("sre", numbers), key.map(str::to_owned));
    let refund = SandboxRefund { id, amount, created_at: at, failed: false, key };
    invoice.refunds.push(refund.clone());
    vec![Happening::refund(at, true, &refund, invoice)]
}

fn fail_refund(customer: &mut SandboxCustomer, id: &str, at: Timestamp) -> Vec<Happening> {
    let mut invoices = customer.subscriptions.iter_mut().flat_map(|subscription| &mut subscription.invoices);
    let Some(invoice) = invoices.find(|invoice| invoice.refunds.iter().any(|refund| refund.id == id)) else {
        return Vec::new();
    };
    let refund = invoice.refunds.iter_mut().find(|refund| refund.id == id && !refund.failed);
    let Some(refund) = refund else { return Vec::new() };
    refund.failed = true;
    let refund = refund.clone();
    vec![Happening::refund(at, false, &refund, invoice)]
}

fn dispute(invoice: &mut SandboxInvoice, at: Timestamp, numbers: &mut u32) -> Vec<Happening> {
    if !invoice.paid || invoice.amount.amount_minor == 0 || invoice.dispute.is_some() || !invoice.refunds.is_empty() {
        return Vec::new();
    }
    let dispute = SandboxDispute { id: number("sdp", numbers), closed: None };
    invoice.dispute = Some(dispute.clone());
    vec![Happening::dispute(at, true, &dispute, invoice)]
}

fn close_dispute(invoice: &mut SandboxInvoice, won: bool, at: Timestamp) -> Vec<Happening> {
    let Some(dispute) = invoice.dispute.as_mut().filter(|dispute| dispute.closed.is_none()) else {
        return Vec::new();
    };
    dispute.closed = Some((at, won));
    let dispute = dispute.clone();
    vec![Happening::dispute(at, false, &dispute, invoice)]
}

/// Does something to the subscription with this id.
fn with(
    customer: &mut SandboxCustomer,
    id: &str,
    deed: impl FnOnce(&mut SandboxSubscription, &mut u32) -> Vec<Happening>,
) -> Vec<Happening> {
    let SandboxCustomer { subscriptions, next_number, .. } = customer;
    let found = subscriptions.iter_mut().find(|subscription| subscription.id == id);
    found.map(|subscription| deed(subscription, next_number)).unwrap_or_default()
}

/// Does something to the invoice with this id.
fn correct(
    customer: &mut SandboxCustomer,
    id: &str,
    deed: impl FnOnce(&mut SandboxInvoice, &mut u32) -> Vec<Happening>,
) -> Vec<Happening> {
    let SandboxCustomer { subscriptions, next_number, .. } = customer;
    let mut invoices = subscriptions.iter_mut().flat_map(|subscription| &mut subscription.invoices);
    let found = invoices.find(|invoice| invoice.id == id);
    found.map(|invoice| deed(invoice, next_number)).unwrap_or_default()
}
