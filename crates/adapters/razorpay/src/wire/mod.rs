//! Razorpay's JSON, only the fields we use. What the member is called, where they live and how they pay is not among
//! them.

mod billing;
mod notes;
mod payment;

use serde::Deserialize;
use serde_json::Value;

pub(crate) use billing::{Invoice, Subscription, SubscriptionStatus};
pub(crate) use notes::Notes;
pub(crate) use payment::{Dispute, DisputeStatus, Order, Payment, PaymentStatus, Refund, RefundStatus};

/// What every event has.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) entity: String,
    pub(crate) event: String,
}

/// An event with its objects.
#[derive(Deserialize)]
pub(crate) struct Event {
    pub(crate) event: String,
    pub(crate) created_at: i64,
    #[serde(default)]
    pub(crate) payload: Payload,
}

/// The snapshots, as many as the event is about.
#[derive(Deserialize, Default)]
pub(crate) struct Payload {
    pub(crate) subscription: Option<Wrapped>,
    pub(crate) payment: Option<Wrapped>,
    pub(crate) refund: Option<Wrapped>,
    pub(crate) invoice: Option<Wrapped>,
    pub(crate) dispute: Option<Wrapped>,
    pub(crate) order: Option<Wrapped>,
}

/// A snapshot in its wrapping.
#[derive(Deserialize)]
pub(crate) struct Wrapped {
    pub(crate) entity: Value,
}

/// A list.
#[derive(Deserialize)]
pub(crate) struct Collection<T> {
    #[serde(default = "Vec::new")]
    pub(crate) items: Vec<T>,
}
