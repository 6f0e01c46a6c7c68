//! The sandbox's own webhook format, written by the simulator's side and read by the adapter's, and the bodies of its
//! small API.

mod api;

use hos_domain::billing::{Interval, Period};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Money, Timestamp};
use hos_domain::sandbox::{
    SandboxCheckoutState, SandboxCustomer, SandboxEnd, SandboxEvent, SandboxInvoice, SandboxRefund, SandboxState,
    SandboxSubscription,
};
use serde::{Deserialize, Serialize};

pub use api::{
    InvoiceBody, InvoicesBody, OpenCheckoutBody, OpenPortalBody, OpenedBody, PageBody, PreviewBody, SaidBody,
};

use crate::simulator::{Happening, Snapshot};

/// What every event has.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// A webhook of the sandbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) created: Timestamp,
    pub(crate) customer: String,
    pub(crate) user: UserId,
    pub(crate) object: Object,
}

/// The object of an event, whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Object {
    Checkout {
        id: String,
        subscription: Option<String>,
        state: SandboxCheckoutState,
    },
    Subscription(Subscription),
    Invoice(Invoice),
    Refund {
        id: String,
        payment: String,
        amount: Money,
        created_at: Timestamp,
        failed: bool,
    },
    Dispute {
        id: String,
        payment: String,
        amount: Money,
        won: Option<bool>,
    },
    /// A later version's; never written by this one.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) price: String,
    pub(crate) state: SandboxState,
    pub(crate) interval: Interval,
    pub(crate) period: Period,
    pub(crate) started_at: Timestamp,
    pub(crate) trial_end: Option<Timestamp>,
    pub(crate) cancel_at_period_end: bool,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) end: Option<SandboxEnd>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) subscription: String,
    pub(crate) payment: String,
    pub(crate) amount: Money,
    pub(crate) paid: bool,
    pub(crate) failures: u32,
    pub(crate) period: Period,
    pub(crate) proration: bool,
}

/// Writes a happening down as an event. `index` tells apart what happened in one second; ids on the wire begin with the
/// customer's, so that they are unique.
#[must_use]
pub fn event_of(customer: &SandboxCustomer, happening: &Happening, index: usize) -> SandboxEvent {
    let (kind, object) = described(&customer.id, happening);
    // Unique: a customer does nothing twice in one second, and within one the index counts.
    let id = format!("sevt_{}_{}_{index}", customer.id, happening.at.unix_seconds());
    let (user, created) = (customer.user, happening.at);
    let event = Event { id: id.clone(), kind: kind.to_owned(), created, customer: customer.id.clone(), user, object };
    SandboxEvent { id, kind: kind.to_owned(), created, body: serde_json::to_string(&event).unwrap_or_default() }
}

/// The type of the event, and its object.
fn described(customer: &str, happening: &Happening) -> (&'static str, Object) {
    let name = |id: &str| format!("{customer}_{id}");
    match &happening.snapshot {
        Snapshot::Checkout(checkout) => {
            let subscription = checkout.subscription.as_deref().map(name);
            let object = Object::Checkout { id: checkout.id.clone(), subscription, state: checkout.state };
            (checkout_kind(checkout.state), object)
        }
        Snapshot::Subscription(subscription) => {
            let kind = if happening.created { "subscription.created" } else { "subscription.updated" };
            (kind, Object::Subscription(Subscription::of(name(&subscription.id), subscription)))
        }
        Snapshot::Invoice(invoice, subscription) => {
            let object = Invoice::of(name(&invoice.id), name(subscription), name(&invoice.payment), invoice);
            (invoice_kind(invoice), Object::Invoice(object))
        }
        Snapshot::Refund(refund, invoice) => {
            let (id, payment) = (name(&refund.id), name(&invoice.payment));
            let SandboxRefund { amount, created_at, failed, .. } = *refund;
            let kind = if failed { "refund.failed" } else { "refund.created" };
            (kind, Object::Refund { id, payment, amount, created_at, failed })
        }
        Snapshot::Dispute(dispute, invoice) => {
            let (id, payment, won) = (name(&dispute.id), name(&invoice.payment), dispute.closed.map(|(_, won)| won));
            let kind = if won.is_some() { "dispute.closed" } else { "dispute.created" };
            (kind, Object::Dispute { id, payment, amount: invoice.amount, won })
        }
    }
}

const fn checkout_kind(state: SandboxCheckoutState) -> &'static str {
    match state {
        SandboxCheckoutState::Paid => "checkout.completed",
        SandboxCheckoutState::Open | SandboxCheckoutState::Challenged => "checkout.updated",
        SandboxCheckoutState::Abandoned => "checkout.abandoned",
    }
}

const fn invoice_kind(invoice: &SandboxInvoice) -> &'static str {
    match (invoice.paid, invoice.failures) {
        (true, _) => "invoice.paid",
        (false, 0) => "invoice.created",
        (false, _) => "invoice.payment_failed",
    }
}

impl Subscription {
    fn of(id: String, subscription: &SandboxSubscription) -> Self {
        Self {
            id,
            price: subscription.price.clone(),
            state: subscription.state,
            interval: subscription.interval,
            period: subscription.period,
            started_at: subscription.started_at,
            trial_end: subscription.trial_end,
            cancel_at_period_end: subscription.cancel_at_period_end,
            ended_at: subscription.ended.map(|(at, _)| at),
            end: subscription.ended.map(|(_, why)| why),
        }
    }
}

impl Invoice {
    fn of(id: String, subscription: String, payment: String, invoice: &SandboxInvoice) -> Self {
        let SandboxInvoice { amount, paid, failures, period, proration, .. } = *invoice;
        Self { id, subscription, payment, amount, paid, failures, period, proration }
    }
}
