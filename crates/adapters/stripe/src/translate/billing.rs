//! Customers, checkouts, subscriptions, invoices.

use hos_domain::billing::{
    CheckoutFacts, EndReason, Facts, InvoiceFacts, InvoiceLine, InvoiceStatus, Period, Phase, SubscriptionFacts,
    Translated,
};
use hos_domain::kernel::Timestamp;

use super::money::money;
use super::{Frame, Read, Unread, ids, instant, one, user_of};
use crate::wire::{CheckoutSession, Customer, Invoice, Line, Reference, Subscription, SubscriptionStatus};

/// A customer tells only which user it is.
pub(super) fn customer(frame: &Frame, customer: Customer) -> Read {
    let Some(user) = user_of(&customer.metadata) else {
        return Ok(Translated::Ignored("the customer names no user"));
    };
    let itself = Reference::Id(customer.id.clone());
    let mut observation = frame.observation(customer.id, Some(&itself), Facts::Link);
    observation.user = Some(user);
    one(observation)
}

/// A checkout ties a user to a customer and a subscription. Completed but unpaid grants nothing: the invoice does.
pub(super) fn checkout(frame: &Frame, session: CheckoutSession) -> Read {
    let facts = CheckoutFacts {
        completed: session.status.as_deref() == Some("complete"),
        paid: matches!(session.payment_status.as_deref(), Some("paid" | "no_payment_required")),
        subscription: session.subscription.as_ref().map(|subscription| subscription.id().to_owned()),
    };
    let named = session.client_reference_id.as_deref().and_then(|id| hos_domain::kernel::Id::parse(id).ok());
    let mut observation = frame.observation(session.id, session.customer.as_ref(), Facts::Checkout(facts));
    observation.user = named.or_else(|| session.metadata.as_ref().and_then(user_of));
    observation.refers_to = ids([session.subscription.as_ref()]);
    one(observation)
}

pub(super) fn subscription(frame: &Frame, subscription: &Subscription) -> Read {
    let period = period(subscription)?;
    let phase = phase(subscription, period)?;
    let time = |seconds: Option<i64>| seconds.map(instant).transpose();
    // Flexible billing fills both; either alone means the end.
    let cancel_at = match time(subscription.cancel_at)? {
        None if subscription.cancel_at_period_end => period.map(|period| period.end),
        cancel_at => cancel_at,
    };
    let item = subscription.items.data.first();
    let facts = SubscriptionFacts {
        phase,
        provider_status: subscription.status.word().to_owned(),
        price: item.and_then(|item| item.price.as_ref()).map(|price| price.id.clone()),
        quantity: item.and_then(|item| item.quantity).unwrap_or(1),
        period,
        started_at: time(subscription.start_date.or(subscription.created))?.unwrap_or(frame.as_of),
        trial_end: time(subscription.trial_end)?,
        cancel_at,
        ended_at: time(subscription.ended_at)?,
        grace_until: None,
        paid_count: 0,
    };
    let user = user_of(&subscription.metadata);
    let customer = Some(&subscription.customer);
    let mut observation = frame.observation(subscription.id.clone(), customer, Facts::Subscription(facts));
    observation.user = user;
    one(observation)
}

/// The period since basil stands on the items, which may differ: paid until is the latest.
fn period(subscription: &Subscription) -> Result<Option<Period>, Unread> {
    let items = &subscription.items.data;
    let start = items.iter().filter_map(|item| item.current_period_start).min().or(subscription.current_period_start);
    let end = items.iter().filter_map(|item| item.current_period_end).max().or(subscription.current_period_end);
    match (start, end) {
        (Some(start), Some(end)) => Ok(Some(Period { start: instant(start)?, end: instant(end)? })),
        _ => Ok(None),
    }
}

/// The state table of docs/billing-states.md.
fn phase(subscription: &Subscription, period: Option<Period>) -> Result<Phase, Unread> {
    let collects = subscription.pause_collection.is_none();
    Ok(match &subscription.status {
        SubscriptionStatus::Incomplete => Phase::Pending,
        SubscriptionStatus::IncompleteExpired => Phase::Ended(EndReason::NeverStarted),
        SubscriptionStatus::Trialing if collects => Phase::Trialing,
        SubscriptionStatus::Active if collects => Phase::Active,
        SubscriptionStatus::PastDue if collects => Phase::Dunning,
        SubscriptionStatus::Trialing | SubscriptionStatus::Active | SubscriptionStatus::PastDue => Phase::Paused,
        SubscriptionStatus::Paused => Phase::Paused,
        SubscriptionStatus::Unpaid => Phase::Unpaid,
        SubscriptionStatus::Canceled => Phase::Ended(end_reason(subscription, period)?),
        SubscriptionStatus::Unknown(word) => return Err(Unread::Unknown(format!("the subscription status {word}"))),
    })
}

fn end_reason(subscription: &Subscription, period: Option<Period>) -> Result<EndReason, Unread> {
    let reason = subscription.cancellation_details.as_ref().and_then(|details| details.reason.as_deref());
    if reason == Some("payment_failed") {
        return Ok(EndReason::PaymentFailed);
    }
    let ended_at = subscription.ended_at.or(subscription.canceled_at).map(instant).transpose()?;
    let ran_out = |(ended_at, period): (Timestamp, Period)| ended_at >= period.end;
    match ended_at.zip(period).map(ran_out) {
        Some(true) => Ok(EndReason::AtPeriodEnd),
        None if subscription.cancel_at_period_end => Ok(EndReason::AtPeriodEnd),
        Some(false) | None => Ok(EndReason::Early),
    }
}

pub(super) fn invoice(frame: &Frame, invoice: &Invoice) -> Read {
    let Some(id) = invoice.id.clone() else {
        return Ok(Translated::Ignored("an upcoming invoice has not happened"));
    };
    let details = invoice.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
    let subscription = details.and_then(|details| details.subscription.as_ref()).or(invoice.subscription.as_ref());
    let status = match invoice.status.as_deref() {
        Some("draft") | None => InvoiceStatus::Draft,
        Some("open") => InvoiceStatus::Open,
        Some("paid") => InvoiceStatus::Paid,
        Some("uncollectible") => InvoiceStatus::Uncollectible,
        Some("void") => InvoiceStatus::Void,
        Some(word) => return Err(Unread::Unknown(format!("the invoice status {word}"))),
    };
    let facts = InvoiceFacts {
        subscription: subscription.map(|subscription| subscription.id().to_owned()),
        status,
        total: money(invoice.total.unwrap_or(invoice.amount_due), &invoice.currency)?,
        paid: money(invoice.amount_paid, &invoice.currency)?,
        lines: lines(invoice)?,
        attempt_failed: status == InvoiceStatus::Open && invoice.attempt_count > 0,
    };
    let payments = invoice.payments.iter().flat_map(|list| &list.data).filter_map(|entry| entry.payment.as_ref());
    let mut refers_to = ids([subscription, invoice.payment_intent.as_ref(), invoice.charge.as_ref()]);
    refers_to.extend(payments.flat_map(|payment| ids([payment.payment_intent.as_ref(), payment.charge.as_ref()])));
    let user = details.and_then(|details| details.metadata.as_ref()).and_then(user_of);
    let mut observation = frame.observation(id, invoice.customer.as_ref(), Facts::Invoice(facts));
    (observation.user, observation.refers_to) = (user, refers_to);
    one(observation)
}

/// The service period stands on the lines; the invoice's own period is the one before it.
fn lines(invoice: &Invoice) -> Result<Vec<InvoiceLine>, Unread> {
    invoice.lines.data.iter().filter(|line| line.period.is_some()).map(line).collect()
}

fn line(line: &Line) -> Result<InvoiceLine, Unread> {
    let flags = line.parent.as_ref().map(|parent| [&parent.subscription_item_details, &parent.invoice_item_details]);
    let since_basil = flags.is_some_and(|flags| flags.into_iter().flatten().any(|flag| flag.proration));
    let span = line.period.as_ref().map_or((0, 0), |period| (period.start, period.end));
    Ok(InvoiceLine {
        period: Period { start: instant(span.0)?, end: instant(span.1)? },
        proration: line.proration.unwrap_or(false) || since_basil,
    })
}

#[cfg(test)]
mod tests {
    use hos_domain::billing::{Environment, Observation};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::super::tests::{observe, translated};
    use super::*;

    const USER: &str = "01890a5d-ac96-774b-bcce-b302099a8057";
    const START: i64 = 1_790_000_000;
    const END: i64 = 1_792_592_000;

    fn since_basil(status: &str) -> Value {
        json!({
            "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": status, "created": START,
            "cancel_at_period_end": false, "metadata": { "user_id": USER },
            "items": { "object": "list", "data": [{ "id": "si_1", "quantity": 2, "price": { "id": "price_1" },
                "current_period_start": START, "current_period_end": END }] },
        })
    }

    fn before_basil(status: &str) -> Value {
        json!({
            "id": "sub_1", "object": "subscription", "customer": { "id": "cus_1", "object": "customer" }, "status": status,
            "created": START, "current_period_start": START, "current_period_end": END, "metadata": { "user_id": USER },
            "items": { "object": "list", "data": [{ "id": "si_1", "quantity": 2, "price": { "id": "price_1" } }] },
        })
    }

    fn facts(observation: &Observation) -> &SubscriptionFacts {
        match &observation.facts {
            Facts::Subscription(facts) => facts,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn both_shapes_of_a_subscription_say_the_same() {
        let new = observe("customer.subscription.updated", &since_basil("active"));
        let old = observe("customer.subscription.updated", &before_basil("active"));
        assert_eq!(new, old);
        let period = facts(&new).period.unwrap();
        assert_eq!((period.start.unix_seconds(), period.end.unix_seconds()), (START, END));
        assert_eq!((facts(&new).price.as_deref(), facts(&new).quantity), (Some("price_1"), 2));
        assert_eq!((new.customer.as_deref(), new.user.unwrap().to_string().as_str()), (Some("cus_1"), USER));
        assert_eq!(new.environment, Environment::Production);
    }

    #[rstest]
    #[case("incomplete", Phase::Pending)]
    #[case("incomplete_expired", Phase::Ended(EndReason::NeverStarted))]
    #[case("trialing", Phase::Trialing)]
    #[case("active", Phase::Active)]
    #[case("past_due", Phase::Dunning)]
    #[case("unpaid", Phase::Unpaid)]
    #[case("paused", Phase::Paused)]
    #[case("canceled", Phase::Ended(EndReason::Early))]
    fn each_status_has_its_phase(#[case] status: &str, #[case] phase: Phase) {
        let observation = observe("customer.subscription.updated", &since_basil(status));
        assert_eq!((facts(&observation).phase, facts(&observation).provider_status.as_str()), (phase, status));
    }

    #[rstest]
    #[case("active", Phase::Paused)]
    #[case("trialing", Phase::Paused)]
    #[case("past_due", Phase::Paused)]
    #[case("unpaid", Phase::Unpaid)]
    fn paused_collection_is_a_pause_while_the_subscription_would_collect(#[case] status: &str, #[case] phase: Phase) {
        let mut object = since_basil(status);
        object["pause_collection"] = json!({ "behavior": "void" });
        assert_eq!(facts(&observe("customer.subscription.updated", &object)).phase, phase);
    }

    #[rstest]
    #[case::at_its_end(END, None, EndReason::AtPeriodEnd)]
    #[case::early(END - 1, None, EndReason::Early)]
    #[case::by_dunning(END - 1, Some("payment_failed"), EndReason::PaymentFailed)]
    #[case::asked_for(END, Some("cancellation_requested"), EndReason::AtPeriodEnd)]
    fn an_end_says_why(#[case] ended_at: i64, #[case] reason: Option<&str>, #[case] end: EndReason) {
        let mut object = since_basil("canceled");
        object["ended_at"] = json!(ended_at);
        object["cancellation_details"] = json!({ "reason": reason });
        let observation = observe("customer.subscription.deleted", &object);
        assert_eq!(facts(&observation).phase, Phase::Ended(end));
        assert_eq!(observation.change, hos_domain::billing::Change::Deleted);
    }

    #[test]
    fn a_scheduled_end_is_read_from_either_field() {
        let mut flag = since_basil("active");
        flag["cancel_at_period_end"] = json!(true);
        let mut date = since_basil("active");
        date["cancel_at"] = json!(END);
        for object in [flag, date] {
            let observation = observe("customer.subscription.updated", &object);
            assert_eq!(facts(&observation).cancel_at.unwrap().unix_seconds(), END);
        }
    }

    #[test]
    fn a_status_that_was_added_lately_is_recorded_and_changes_nothing() {
        let unknown = translated("customer.subscription.updated", &since_basil("hibernating"));
        assert_eq!(unknown, Ok(Translated::Unknown("the subscription status hibernating".into())));
    }

    fn invoice_since_basil() -> Value {
        json!({
            "id": "in_1", "object": "invoice", "customer": "cus_1", "status": "paid", "currency": "usd", "total": 999,
            "amount_paid": 999, "amount_due": 999, "attempt_count": 1,
            "parent": { "type": "subscription_details", "subscription_details": { "subscription": "sub_1", "metadata": { "user_id": USER } } },
            "payments": { "data": [{ "payment": { "type": "payment_intent", "payment_intent": "pi_1" } }] },
            "lines": { "data": [
                { "period": { "start": START, "end": END }, "parent": { "subscription_item_details": { "proration": false } } },
                { "period": { "start": START, "end": END + 9 }, "parent": { "subscription_item_details": { "proration": true } } },
            ] },
        })
    }

    #[test]
    fn both_shapes_of_an_invoice_say_the_same() {
        let new = observe("invoice.paid", &invoice_since_basil());
        let mut old = invoice_since_basil();
        (old["parent"], old["payments"]) = (json!(null), json!(null));
        (old["subscription"], old["payment_intent"]) = (json!("sub_1"), json!("pi_1"));
        for (line, proration) in [(0, false), (1, true)] {
            old["lines"]["data"][line]["parent"] = json!(null);
            old["lines"]["data"][line]["proration"] = json!(proration);
        }
        let old = observe("invoice.paid", &old);
        assert_eq!((&new.facts, &new.refers_to), (&old.facts, &old.refers_to));
        let Facts::Invoice(facts) = &new.facts else { panic!("{new:?}") };
        assert_eq!(facts.covers_until().unwrap().unix_seconds(), END, "a proration extends nothing");
        assert_eq!(new.refers_to, ["sub_1", "pi_1"]);
    }

    #[test]
    fn an_open_invoice_that_was_tried_has_failed_and_an_upcoming_one_has_not_happened() {
        let mut open = invoice_since_basil();
        (open["status"], open["amount_paid"]) = (json!("open"), json!(0));
        let Facts::Invoice(facts) = observe("invoice.payment_failed", &open).facts else { panic!() };
        assert!(facts.attempt_failed);
        open["id"] = json!(null);
        assert!(matches!(translated("invoice.upcoming", &open), Ok(Translated::Ignored(_))));
    }

    #[test]
    fn a_checkout_ties_user_customer_and_subscription_together() {
        let session = json!({
            "id": "cs_1", "object": "checkout.session", "customer": "cus_1", "subscription": "sub_1", "status": "complete",
            "payment_status": "unpaid", "client_reference_id": USER, "metadata": {},
        });
        let observation = observe("checkout.session.completed", &session);
        assert_eq!(observation.user.unwrap().to_string(), USER);
        assert_eq!(observation.refers_to, ["sub_1"]);
        let Facts::Checkout(facts) = &observation.facts else { panic!() };
        assert!(facts.completed && !facts.paid);
    }

    #[test]
    fn what_is_no_id_of_ours_names_nobody() {
        let mut object = since_basil("active");
        object["metadata"] = json!({ "user_id": "'; DROP TABLE users" });
        assert_eq!(observe("customer.subscription.updated", &object).user, None);
        let customer = json!({ "id": "cus_1", "object": "customer" });
        assert!(matches!(translated("customer.updated", &customer), Ok(Translated::Ignored(_))));
    }

    #[test]
    fn a_subscription_without_its_customer_is_broken() {
        let mut object = since_basil("active");
        object["customer"] = json!(null);
        assert!(translated("customer.subscription.updated", &object).is_err());
    }
}
