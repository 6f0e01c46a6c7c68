//! What Razorpay sends about a life, written after its documentation and not after our reading of it.

use hos_domain::billing::{
    CancelIntentFacts, Change, Environment, Facts, Observation, Provider, StoredWebhook, Translated, WebhookTranslator,
};
use hos_domain::kernel::{Id, Timestamp};
use hos_razorpay::RazorpayTranslator;
use serde_json::{Value, json};
use uuid::Uuid;

use super::subscriber::{Payment, Refund, State, Subscriber};

pub(crate) const USER: u128 = 77;

/// Something that reaches us.
#[derive(Debug, Clone)]
pub(crate) enum Told {
    /// From Razorpay.
    Event(Value),
    /// From ourselves.
    Ours(Box<Observation>),
}

/// Told as of a second.
pub(crate) struct Words(pub(crate) Timestamp);

impl Words {
    fn event(&self, kind: &str, parts: &[(&str, Value)]) -> Told {
        let names: Vec<_> = parts.iter().map(|(name, _)| *name).collect();
        let payload: serde_json::Map<_, _> =
            parts.iter().map(|(name, entity)| ((*name).to_owned(), json!({ "entity": entity }))).collect();
        Told::Event(json!({
            "entity": "event", "account_id": "acc_1", "event": kind, "contains": names, "payload": payload,
            "created_at": self.0.unix_seconds(),
        }))
    }

    pub(crate) fn subscription(&self, kind: &str, subscriber: &Subscriber) -> Told {
        self.event(kind, &[("subscription", subscription(subscriber))])
    }

    pub(crate) fn payment(&self, kind: &str, payment: &Payment) -> Told {
        self.event(kind, &[("payment", payment_entity(payment, kind.trim_start_matches("payment.")))])
    }

    /// Everything that goes with a charge, in one second.
    pub(crate) fn charged(&self, subscriber: &Subscriber, payment: &Payment) -> Vec<Told> {
        let paid = payment_entity(payment, "captured");
        let invoice = json!({
            "id": payment.invoice, "entity": "invoice", "customer_id": "cust_1", "subscription_id": subscriber.id,
            "payment_id": payment.id, "order_id": order(payment), "status": "paid", "amount": payment.amount,
            "amount_paid": payment.amount, "currency": "INR", "notes": [],
        });
        let order =
            json!({ "id": order(payment), "entity": "order", "amount": payment.amount, "status": "paid", "notes": [] });
        vec![
            self.payment("payment.authorized", payment),
            self.payment("payment.captured", payment),
            self.event("order.paid", &[("order", order), ("payment", paid.clone())]),
            self.event("invoice.paid", &[("invoice", invoice)]),
            self.event("subscription.charged", &[("subscription", subscription(subscriber)), ("payment", paid)]),
        ]
    }

    pub(crate) fn refund(&self, kind: &str, refund: &Refund, payment: &Payment) -> Told {
        let status = match kind {
            "refund.created" => "pending",
            "refund.failed" => "failed",
            _ => "processed",
        };
        let entity = json!({
            "id": refund.id, "entity": "refund", "payment_id": payment.id, "amount": refund.amount, "currency": "INR",
            "created_at": refund.at.unix_seconds(), "status": status, "notes": [],
        });
        self.event(kind, &[("refund", entity), ("payment", payment_entity(payment, "captured"))])
    }

    pub(crate) fn dispute(&self, kind: &str, payment: &Payment) -> Told {
        let (id, decided) = payment.dispute.as_ref().unwrap();
        let status = match decided {
            None => "open",
            Some((_, true)) => "won",
            Some((_, false)) => "lost",
        };
        let entity = json!({
            "id": id, "entity": "dispute", "payment_id": payment.id, "amount": payment.amount, "currency": "INR",
            "status": status,
        });
        self.event(kind, &[("payment", payment_entity(payment, "captured")), ("dispute", entity)])
    }

    pub(crate) fn cancel_intent(&self, subscriber: &Subscriber) -> Told {
        let facts = CancelIntentFacts { subscription: subscriber.id.clone(), ends_at: subscriber.ends_at };
        Told::Ours(Box::new(Observation {
            provider: Provider::Razorpay,
            environment: Environment::Production,
            account: String::new(),
            customer: None,
            object: format!("cancel_intent/{}", subscriber.id),
            refers_to: vec![subscriber.id.clone()],
            user: None,
            as_of: self.0,
            change: Change::Updated,
            facts: Facts::CancelIntent(facts),
        }))
    }
}

fn subscription(subscriber: &Subscriber) -> Value {
    let status = match subscriber.state {
        State::Created => "created",
        State::Authenticated => "authenticated",
        State::Active => "active",
        State::Pending => "pending",
        State::Halted => "halted",
        State::Paused => "paused",
        State::Cancelled => "cancelled",
        State::Completed => "completed",
    };
    let mut notes = json!({ "user_id": Uuid::from_u128(USER) });
    if subscriber.trial.is_some() {
        notes["trial_days"] = json!("7");
    }
    json!({
        "id": subscriber.id, "entity": "subscription", "plan_id": subscriber.plan, "customer_id": "cust_1",
        "status": status, "quantity": 1, "notes": notes, "created_at": subscriber.created_at.unix_seconds(),
        "start_at": subscriber.start_at.unix_seconds(), "total_count": subscriber.total_count,
        "current_start": subscriber.shown.map(|period| period.start.unix_seconds()),
        "current_end": subscriber.shown.map(|period| period.end.unix_seconds()),
        "paid_count": subscriber.paid_count, "remaining_count": subscriber.total_count - subscriber.paid_count,
        "auth_attempts": subscriber.retry.map_or(0, |(_, failures)| failures),
        "ended_at": subscriber.ended_at.map(Timestamp::unix_seconds), "has_scheduled_changes": false,
    })
}

fn payment_entity(payment: &Payment, status: &str) -> Value {
    json!({
        "id": payment.id, "entity": "payment", "amount": payment.amount, "currency": "INR", "status": status,
        "order_id": order(payment), "invoice_id": payment.invoice, "customer_id": "cust_1",
        "amount_refunded": payment.given_back(), "captured": status == "captured", "notes": [],
    })
}

/// Every try to pay an invoice is for the same order.
fn order(payment: &Payment) -> String {
    format!("order_{}", payment.invoice.as_ref().unwrap_or(&payment.id))
}

/// What we read in it.
pub(crate) fn read(told: &Told) -> Vec<Observation> {
    let event = match told {
        Told::Ours(observation) => return vec![(**observation).clone()],
        Told::Event(event) => event,
    };
    let stored = StoredWebhook {
        id: Id::new(Uuid::nil()),
        provider: Provider::Razorpay,
        account: String::new(),
        event_id: String::new(),
        kind: String::new(),
        headers: Vec::new(),
        body: event.to_string().into_bytes(),
        received_at: Timestamp::EPOCH,
    };
    match RazorpayTranslator::new(Environment::Production).translate(&stored).unwrap() {
        Translated::Observations(observations) => observations,
        Translated::Ignored(_) => Vec::new(),
        Translated::Unknown(what) => panic!("{what}"),
    }
}
