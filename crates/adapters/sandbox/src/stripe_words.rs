//! A life told in Stripe's words: the events that Stripe would send about it, in the shape before or since API version
//! 2025-03-31 ("basil"). Written from Stripe's documentation and not from our translation of it, so that the one can be
//! held against the other.

use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{
    SandboxCheckout, SandboxCheckoutState, SandboxCustomer, SandboxDispute, SandboxEnd, SandboxInvoice, SandboxRefund,
    SandboxState, SandboxSubscription,
};
use serde_json::{Value, json};

use crate::simulator::{Happening, Snapshot};

/// An event as Stripe would send it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeEvent {
    /// Stripe's id of it.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// The exact bytes.
    pub body: Vec<u8>,
}

/// Which shape the events have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StripeShape {
    /// API versions before 2025-03-31.
    BeforeBasil,
    /// API versions since.
    SinceBasil,
}

/// What Stripe would send about what happened. Only the checkout names our user, as with a plain hosted checkout.
#[must_use]
pub fn in_stripe_words(customer: &SandboxCustomer, happenings: &[Happening], shape: StripeShape) -> Vec<StripeEvent> {
    let mut events = Vec::new();
    for happening in happenings {
        for (kind, object) in objects(customer, happening, shape) {
            let id = format!("evt_{}_{}_{}", customer.id, happening.at.unix_seconds(), events.len());
            let event = json!({
                "id": id, "object": "event", "type": kind, "created": happening.at.unix_seconds(), "livemode": true,
                "api_version": if shape == StripeShape::SinceBasil { "2026-10-28.endive" } else { "2024-06-20" },
                "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null }, "data": { "object": object },
            });
            events.push(StripeEvent { id, kind: kind.to_owned(), body: event.to_string().into_bytes() });
        }
    }
    events
}

fn objects(customer: &SandboxCustomer, happening: &Happening, shape: StripeShape) -> Vec<(&'static str, Value)> {
    let created = happening.created;
    match &happening.snapshot {
        Snapshot::Checkout(checkout) => vec![("checkout.session.completed", checkout_object(customer, checkout))],
        Snapshot::Subscription(subscription) => {
            let kind = match (created, subscription.state) {
                (true, _) => "customer.subscription.created",
                (_, SandboxState::Ended) => "customer.subscription.deleted",
                _ => "customer.subscription.updated",
            };
            vec![(kind, subscription_object(customer, subscription, shape))]
        }
        Snapshot::Invoice(invoice, subscription) => invoice_objects(customer, invoice, subscription, created, shape),
        Snapshot::Refund(refund, invoice) => {
            let kind = if refund.failed { "refund.failed" } else { "refund.created" };
            vec![("charge.refunded", charge_object(customer, invoice, shape)), (kind, refund_object(refund, invoice))]
        }
        Snapshot::Dispute(dispute, invoice) => {
            let kind = if created { "charge.dispute.created" } else { "charge.dispute.closed" };
            vec![(kind, dispute_object(dispute, invoice))]
        }
    }
}

fn checkout_object(customer: &SandboxCustomer, checkout: &SandboxCheckout) -> Value {
    json!({
        "id": checkout.id, "object": "checkout.session", "mode": "subscription", "customer": customer.id,
        "subscription": checkout.subscription, "client_reference_id": customer.user.to_string(), "metadata": {},
        "status": if checkout.state == SandboxCheckoutState::Paid { "complete" } else { "open" },
        "payment_status": if checkout.state == SandboxCheckoutState::Paid { "paid" } else { "unpaid" },
    })
}

fn subscription_object(customer: &SandboxCustomer, subscription: &SandboxSubscription, shape: StripeShape) -> Value {
    let status = match (subscription.state, subscription.ended) {
        (SandboxState::Incomplete, _) => "incomplete",
        (SandboxState::Trialing, _) => "trialing",
        // Paused collection leaves the status as it is.
        (SandboxState::Active | SandboxState::Paused, _) => "active",
        (SandboxState::PastDue, _) => "past_due",
        (SandboxState::Unpaid, _) => "unpaid",
        (SandboxState::Ended, Some((_, SandboxEnd::NeverPaid))) => "incomplete_expired",
        (SandboxState::Ended, _) => "canceled",
    };
    let reason = match subscription.ended {
        Some((_, SandboxEnd::PaymentFailed)) => Some("payment_failed"),
        Some((_, SandboxEnd::AtPeriodEnd | SandboxEnd::Now)) => Some("cancellation_requested"),
        Some((_, SandboxEnd::NeverPaid)) | None => None,
    };
    let paused = subscription.state == SandboxState::Paused;
    let (start, end) = (subscription.period.start.unix_seconds(), subscription.period.end.unix_seconds());
    let mut item =
        json!({ "id": "si_1", "object": "subscription_item", "quantity": 1, "price": { "id": subscription.price } });
    let mut object = json!({
        "id": subscription.id, "object": "subscription", "customer": customer.id, "status": status, "metadata": {},
        "created": subscription.started_at.unix_seconds(), "start_date": subscription.started_at.unix_seconds(),
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "cancel_at": subscription.cancel_at_period_end.then_some(end),
        "ended_at": subscription.ended.map(|(at, _)| at.unix_seconds()),
        "trial_end": subscription.trial_end.map(Timestamp::unix_seconds),
        "cancellation_details": { "reason": reason },
        "pause_collection": paused.then(|| json!({ "behavior": "void" })),
    });
    let dated = if shape == StripeShape::SinceBasil { &mut item } else { &mut object };
    if let Value::Object(fields) = dated {
        fields.insert("current_period_start".to_owned(), json!(start));
        fields.insert("current_period_end".to_owned(), json!(end));
    }
    if let Value::Object(fields) = &mut object {
        fields.insert("items".to_owned(), json!({ "object": "list", "data": [item] }));
    }
    object
}

/// Since basil an invoice in an event does not name its payment: two more events do.
fn invoice_objects(
    customer: &SandboxCustomer,
    invoice: &SandboxInvoice,
    subscription: &str,
    created: bool,
    shape: StripeShape,
) -> Vec<(&'static str, Value)> {
    let object = invoice_object(customer, invoice, subscription, shape);
    if !invoice.paid {
        return vec![(if created { "invoice.created" } else { "invoice.payment_failed" }, object)];
    }
    if shape == StripeShape::BeforeBasil || invoice.amount.amount_minor == 0 {
        return vec![("invoice.paid", object)];
    }
    let intent = json!({
        "id": invoice.payment, "object": "payment_intent", "customer": customer.id, "status": "succeeded",
        "latest_charge": charge_id(invoice),
    });
    let link = json!({
        "id": format!("inpay_{}", invoice.id), "object": "invoice_payment", "invoice": invoice.id, "status": "paid",
        "payment": { "type": "payment_intent", "payment_intent": invoice.payment },
    });
    vec![("payment_intent.succeeded", intent), ("invoice_payment.paid", link), ("invoice.paid", object)]
}

fn invoice_object(
    customer: &SandboxCustomer,
    invoice: &SandboxInvoice,
    subscription: &str,
    shape: StripeShape,
) -> Value {
    let amount = invoice.amount.amount_minor;
    let period = json!({ "start": invoice.period.start.unix_seconds(), "end": invoice.period.end.unix_seconds() });
    let mut object = json!({
        "id": invoice.id, "object": "invoice", "customer": customer.id, "currency": invoice.amount.currency.as_str().to_lowercase(),
        "status": if invoice.paid { "paid" } else { "open" }, "total": amount, "amount_due": amount,
        "amount_paid": if invoice.paid { amount } else { 0 }, "attempt_count": invoice.failures + u32::from(invoice.paid),
    });
    let (mut line, more) = match shape {
        StripeShape::SinceBasil => (
            json!({ "id": "il_1", "amount": amount, "parent": { "type": "subscription_item_details",
                "subscription_item_details": { "subscription": subscription, "proration": invoice.proration } } }),
            json!({ "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription, "metadata": {} } } }),
        ),
        StripeShape::BeforeBasil => (
            json!({ "id": "il_1", "amount": amount, "proration": invoice.proration, "subscription": subscription }),
            json!({ "subscription": subscription, "payment_intent": invoice.payment, "charge": charge_id(invoice) }),
        ),
    };
    if let (Value::Object(fields), Value::Object(more), Value::Object(line_fields)) = (&mut object, more, &mut line) {
        line_fields.insert("period".to_owned(), period);
        fields.extend(more);
        fields.insert("lines".to_owned(), json!({ "object": "list", "data": [line] }));
    }
    object
}

fn charge_id(invoice: &SandboxInvoice) -> String {
    format!("ch_{}", invoice.payment)
}

fn charge_object(customer: &SandboxCustomer, invoice: &SandboxInvoice, shape: StripeShape) -> Value {
    let refunded: i64 =
        invoice.refunds.iter().filter(|refund| !refund.failed).map(|refund| refund.amount.amount_minor).sum();
    let before = shape == StripeShape::BeforeBasil;
    json!({
        "id": charge_id(invoice), "object": "charge", "customer": customer.id, "payment_intent": invoice.payment,
        "invoice": before.then_some(&invoice.id), "amount": invoice.amount.amount_minor, "amount_refunded": refunded,
        "currency": invoice.amount.currency.as_str().to_lowercase(), "refunded": refunded >= invoice.amount.amount_minor,
    })
}

fn refund_object(refund: &SandboxRefund, invoice: &SandboxInvoice) -> Value {
    json!({
        "id": refund.id, "object": "refund", "charge": charge_id(invoice), "payment_intent": invoice.payment,
        "amount": refund.amount.amount_minor, "currency": refund.amount.currency.as_str().to_lowercase(),
        "created": refund.created_at.unix_seconds(), "status": if refund.failed { "failed" } else { "succeeded" },
    })
}

fn dispute_object(dispute: &SandboxDispute, invoice: &SandboxInvoice) -> Value {
    let status = match dispute.closed {
        None => "needs_response",
        Some((_, true)) => "won",
        Some((_, false)) => "lost",
    };
    json!({
        "id": dispute.id, "object": "dispute", "charge": charge_id(invoice), "payment_intent": invoice.payment,
        "amount": invoice.amount.amount_minor, "currency": invoice.amount.currency.as_str().to_lowercase(), "status": status,
    })
}
