//! What happens by itself: renewals, ends of trials, tries to collect, ends.

use std::time::Duration;

use hos_domain::billing::Period;
use hos_domain::kernel::{Money, Timestamp};
use hos_domain::sandbox::{Card, SandboxCustomer, SandboxEnd, SandboxInvoice, SandboxState, SandboxSubscription};

use super::happening::Happening;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A first payment that does not come within this time never will.
const FIRST_PAYMENT: Duration = Duration::from_secs(23 * 60 * 60);
/// Between the start of a period and the try to collect for it, as Stripe leaves it for late usage.
const BEFORE_COLLECTING: Duration = HOUR;
/// The waits between the tries to collect: on days 1, 3, 5 and 7 after the first failure.
const RETRIES: [Duration; 4] =
    [DAY, Duration::from_secs(2 * 86_400), Duration::from_secs(2 * 86_400), Duration::from_secs(2 * 86_400)];

/// When something happens next to a customer by itself.
pub(super) fn due(customer: &SandboxCustomer) -> Option<Timestamp> {
    customer.subscriptions.iter().filter_map(next).min()
}

fn next(subscription: &SandboxSubscription) -> Option<Timestamp> {
    match subscription.state {
        SandboxState::Incomplete => Some(subscription.started_at + FIRST_PAYMENT),
        SandboxState::Trialing | SandboxState::Active | SandboxState::PastDue => match subscription.retry {
            Some((try_at, _)) => Some(try_at.min(subscription.period.end)),
            None => Some(subscription.period.end),
        },
        SandboxState::Unpaid | SandboxState::Paused => {
            subscription.cancel_at_period_end.then_some(subscription.period.end)
        }
        SandboxState::Ended => None,
    }
}

/// Lets the one thing that is due next happen.
pub(super) fn happen(customer: &mut SandboxCustomer, at: Timestamp, leaves_unpaid: bool) -> Vec<Happening> {
    let due = due(customer);
    let (card, numbers) = (customer.card, &mut customer.next_number);
    let Some(subscription) = customer.subscriptions.iter_mut().find(|subscription| next(subscription) == due) else {
        return Vec::new();
    };
    match (subscription.state, subscription.retry) {
        (SandboxState::Incomplete, _) => end(subscription, at, SandboxEnd::NeverPaid),
        (_, Some((try_at, _))) if Some(try_at) == due => collect(subscription, at, card, leaves_unpaid),
        _ if subscription.cancel_at_period_end => end(subscription, at, SandboxEnd::AtPeriodEnd),
        _ => renew(subscription, at, numbers),
    }
}

/// The next period begins at once; collecting for it comes an hour later.
pub(super) fn renew(subscription: &mut SandboxSubscription, at: Timestamp, numbers: &mut u32) -> Vec<Happening> {
    let (anchor, interval) = (subscription.anchor, subscription.interval);
    let start = interval.after(anchor, subscription.cycle);
    subscription.cycle += 1;
    let period = Period { start, end: interval.after(anchor, subscription.cycle) };
    subscription.period = period;
    let failures = subscription.retry.map_or(0, |(_, failures)| failures);
    subscription.retry = Some((at + BEFORE_COLLECTING, failures));
    if subscription.state == SandboxState::Trialing {
        subscription.state = SandboxState::Active;
    }
    let used = subscription.credit_minor.min(subscription.amount.amount_minor);
    subscription.credit_minor -= used;
    let amount = Money::new(subscription.amount.amount_minor - used, subscription.amount.currency);
    let invoice = invoice(numbers, at, period, amount);
    let happenings = vec![
        Happening::subscription(at, false, subscription),
        Happening::invoice(at, true, &invoice, &subscription.id),
    ];
    subscription.invoices.push(invoice);
    happenings
}

/// Tries to collect the latest open invoice.
pub(super) fn collect(
    subscription: &mut SandboxSubscription,
    at: Timestamp,
    card: Card,
    leaves_unpaid: bool,
) -> Vec<Happening> {
    let id = subscription.id.clone();
    let failures = subscription.retry.take().map_or(0, |(_, failures)| failures);
    let Some(invoice) = subscription.invoices.iter_mut().rev().find(|invoice| !invoice.paid) else {
        return Vec::new();
    };
    if card == Card::Pays {
        invoice.paid = true;
        let paid = Happening::invoice(at, false, invoice, &id);
        subscription.state = SandboxState::Active;
        return vec![paid, Happening::subscription(at, false, subscription)];
    }
    invoice.failures += 1;
    let failed = Happening::invoice(at, false, invoice, &id);
    let wait = usize::try_from(failures).ok().and_then(|failures| RETRIES.get(failures));
    let Some(wait) = wait else {
        let given_up = if leaves_unpaid {
            subscription.state = SandboxState::Unpaid;
            vec![Happening::subscription(at, false, subscription)]
        } else {
            end(subscription, at, SandboxEnd::PaymentFailed)
        };
        return std::iter::once(failed).chain(given_up).collect();
    };
    subscription.state = SandboxState::PastDue;
    subscription.retry = Some((at + *wait, failures + 1));
    vec![failed, Happening::subscription(at, false, subscription)]
}

/// Ends a subscription.
pub(super) fn end(subscription: &mut SandboxSubscription, at: Timestamp, why: SandboxEnd) -> Vec<Happening> {
    subscription.state = SandboxState::Ended;
    subscription.ended = Some((at, why));
    subscription.retry = None;
    vec![Happening::subscription(at, false, subscription)]
}

/// A new open invoice.
pub(super) fn invoice(numbers: &mut u32, at: Timestamp, period: Period, amount: Money) -> SandboxInvoice {
    SandboxInvoice {
        id: number("sin", numbers),
        payment: number("spay", numbers),
        created_at: at,
        period,
        amount,
        paid: false,
        failures: 0,
        proration: false,
        refunds: Vec::new(),
        dispute: None,
    }
}

/// The next id of a kind. Unique within the customer, whose own id stands before it on the wire.
pub(super) fn number(prefix: &str, numbers: &mut u32) -> String {
    let id = format!("{prefix}_{numbers}");
    *numbers += 1;
    id
}
