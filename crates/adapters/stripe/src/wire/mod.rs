//! Stripe's JSON, only the fields we use, in the shapes before and since API version 2025-03-31 ("basil"): events come in
//! the version of the endpoint that sends them.

mod billing;
mod payment;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub(crate) use billing::{CheckoutSession, Customer, Invoice, Line, Subscription, SubscriptionStatus};
pub(crate) use payment::{Charge, Dispute, DisputeStatus, InvoicePayment, PaymentIntent, Refund, RefundStatus};

/// What every event has.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    pub(crate) id: String,
    pub(crate) object: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) account: Option<String>,
}

/// An event with its object.
#[derive(Deserialize)]
pub(crate) struct Event {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) account: Option<String>,
    pub(crate) created: i64,
    pub(crate) livemode: bool,
    pub(crate) data: Data,
}

/// The snapshot.
#[derive(Deserialize)]
pub(crate) struct Data {
    pub(crate) object: serde_json::Value,
}

/// A reference that may have been expanded to the whole object.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Reference {
    Id(String),
    Expanded { id: String },
}

impl Reference {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Expanded { id } => id,
        }
    }
}

/// A list object, or nothing where it was not expanded.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    #[serde(default)]
    has_more: bool,
}

impl List<serde_json::Value> {
    /// The id after which the next page begins; `None` on the last.
    pub(crate) fn next(&self) -> Option<String> {
        let last = self.data.last().filter(|_| self.has_more)?;
        last.get("id")?.as_str().map(str::to_owned)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { data: Vec::new(), has_more: false }
    }
}

/// Our own notes on an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Something whose presence alone matters.
pub(crate) type Present = Option<IgnoredAny>;
