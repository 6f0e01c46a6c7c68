//! Subscriptions, and the charges that pay for their periods.

use hos_domain::billing::{
    EndReason, Facts, InvoiceFacts, InvoiceLine, InvoiceStatus, Observation, Period, Phase, SubscriptionFacts,
    Translated,
};
use hos_domain::kernel::{Money, Timestamp};

use super::{Frame, Read, Unread, ids, instant, money, one, payment, user_of};
use crate::wire::{Payment, Subscription, SubscriptionStatus};

/// A subscription as it is now. It grants nothing by itself, whatever its period: a charge does.
pub(super) fn changed(frame: &Frame, subscription: &Subscription) -> Read {
    one(observation(frame, subscription)?)
}

/// The renewal signal: the subscription has moved on to the period that the payment has paid for.
pub(super) fn charged(frame: &Frame, subscription: &Subscription, payment: &Payment) -> Read {
    let period = period(subscription)?.ok_or_else(|| Unread::Broken("a charge lacks its period".to_owned()))?;
    let customer = subscription.customer_id.clone().or_else(|| payment.customer_id.clone());
    let paid = money(payment.amount, &payment.currency)?;
    let facts = paid_for(&subscription.id, period, paid);
    let invoice = payment.invoice_id.clone().unwrap_or_else(|| format!("{}/invoice", payment.id));
    let refers_to = ids([Some(&subscription.id), Some(&payment.id), payment.order_id.as_ref()]);
    let invoice = frame.observation(invoice, customer.clone(), Facts::Invoice(facts));
    let charge = payment::charge(frame, payment, customer)?;
    let invoice = Observation { refers_to, user: user_of(&subscription.notes), ..invoice };
    Ok(Translated::Observations(vec![observation(frame, subscription)?, invoice, charge]))
}

/// The invoice of a cycle that is paid. The same whether a charge tells it or we asked.
pub(super) fn paid_for(subscription: &str, period: Period, paid: Money) -> InvoiceFacts {
    InvoiceFacts {
        subscription: Some(subscription.to_owned()),
        status: InvoiceStatus::Paid,
        total: paid,
        paid,
        lines: vec![InvoiceLine { period, proration: false }],
        attempt_failed: false,
    }
}

/// The snapshot.
pub(super) fn observation(frame: &Frame, subscription: &Subscription) -> Result<Observation, Unread> {
    let time = |seconds: Option<i64>| seconds.map(instant).transpose();
    let (period, trial_end) = (period(subscription)?, trial_end(subscription)?);
    let period_end = period.map(|period| period.end);
    let ended_at = time(subscription.ended_at)?;
    let phase = phase(subscription, trial_end, ended_at, period_end)?;
    let began = time(subscription.created_at.or(subscription.current_start))?;
    let facts = SubscriptionFacts {
        phase,
        provider_status: subscription.status.word().to_owned(),
        price: subscription.plan_id.clone(),
        quantity: subscription.quantity.unwrap_or(1),
        period,
        started_at: began.unwrap_or(frame.as_of),
        trial_end,
        // After its last cycle it won't renew. A cancellation at the end of a cycle doesn't show at all.
        cancel_at: period_end.filter(|_| subscription.remaining_count == Some(0) && !phase.is_terminal()),
        ended_at: if phase == Phase::Completed { ended_at.max(period_end) } else { ended_at },
        grace_until: None,
        paid_count: subscription.paid_count,
    };
    let customer = subscription.customer_id.clone();
    let observation = frame.observation(subscription.id.clone(), customer, Facts::Subscription(facts));
    Ok(Observation { user: user_of(&subscription.notes), ..observation })
}

pub(super) fn period(subscription: &Subscription) -> Result<Option<Period>, Unread> {
    match (subscription.current_start, subscription.current_end) {
        (Some(start), Some(end)) => Ok(Some(Period { start: instant(start)?, end: instant(end)? })),
        _ => Ok(None),
    }
}

/// A free trial is a first charge that we put off, and said so in the notes. Who puts off a charge for another reason
/// gives nothing away.
fn trial_end(subscription: &Subscription) -> Result<Option<Timestamp>, Unread> {
    let ours = subscription.notes.get("trial_days").is_some_and(|days| days.parse::<u32>().is_ok_and(|days| days > 0));
    subscription.start_at.filter(|_| ours).map(instant).transpose()
}

/// Razorpay's column of the table of states.
fn phase(
    subscription: &Subscription,
    trial_end: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    period_end: Option<Timestamp>,
) -> Result<Phase, Unread> {
    Ok(match &subscription.status {
        SubscriptionStatus::Created => Phase::Pending,
        // The mandate is given, and nothing paid.
        SubscriptionStatus::Authenticated if trial_end.is_some() => Phase::Trialing,
        SubscriptionStatus::Authenticated => Phase::Pending,
        SubscriptionStatus::Active => Phase::Active,
        SubscriptionStatus::Pending => Phase::Dunning,
        SubscriptionStatus::Halted => Phase::Unpaid,
        SubscriptionStatus::Paused => Phase::Paused,
        SubscriptionStatus::Cancelled => {
            let early = ended_at.zip(period_end).is_some_and(|(ended_at, end)| ended_at < end);
            Phase::Ended(if early { EndReason::Early } else { EndReason::Canceled })
        }
        SubscriptionStatus::Completed => Phase::Completed,
        SubscriptionStatus::Expired => Phase::Ended(EndReason::NeverStarted),
        SubscriptionStatus::Unknown(word) => return Err(Unread::Unknown(format!("the subscription status {word}"))),
    })
}
