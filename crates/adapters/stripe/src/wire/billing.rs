//! Customers, checkouts, subscriptions, invoices.

use serde::Deserialize;

use super::{List, Metadata, Present, Reference};

#[derive(Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

#[derive(Deserialize)]
pub(crate) struct CheckoutSession {
    pub(crate) id: String,
    pub(crate) customer: Option<Reference>,
    pub(crate) subscription: Option<Reference>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) payment_status: Option<String>,
    #[serde(default)]
    pub(crate) metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) customer: Reference,
    pub(crate) status: SubscriptionStatus,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    #[serde(default)]
    pub(crate) items: List<Item>,
    /// Before basil.
    pub(crate) current_period_start: Option<i64>,
    /// Before basil.
    pub(crate) current_period_end: Option<i64>,
    pub(crate) created: Option<i64>,
    pub(crate) start_date: Option<i64>,
    pub(crate) trial_end: Option<i64>,
    pub(crate) cancel_at: Option<i64>,
    #[serde(default)]
    pub(crate) cancel_at_period_end: bool,
    pub(crate) ended_at: Option<i64>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_details: Option<CancellationDetails>,
    pub(crate) pause_collection: Present,
}

#[derive(Deserialize)]
pub(crate) struct CancellationDetails {
    pub(crate) reason: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Item {
    pub(crate) id: Option<String>,
    pub(crate) price: Option<PriceReference>,
    pub(crate) quantity: Option<u32>,
    pub(crate) current_period_start: Option<i64>,
    pub(crate) current_period_end: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct PriceReference {
    pub(crate) id: String,
}

/// The last variant holds what Stripe may add.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(from = "String")]
pub(crate) enum SubscriptionStatus {
    Incomplete,
    IncompleteExpired,
    Trialing,
    Active,
    PastDue,
    Unpaid,
    Canceled,
    Paused,
    Unknown(String),
}

impl From<String> for SubscriptionStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "incomplete" => Self::Incomplete,
            "incomplete_expired" => Self::IncompleteExpired,
            "trialing" => Self::Trialing,
            "active" => Self::Active,
            "past_due" => Self::PastDue,
            "unpaid" => Self::Unpaid,
            "canceled" => Self::Canceled,
            "paused" => Self::Paused,
            _ => Self::Unknown(word),
        }
    }
}

impl SubscriptionStatus {
    /// Stripe's word.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Incomplete => "incomplete",
            Self::IncompleteExpired => "incomplete_expired",
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Canceled => "canceled",
            Self::Paused => "paused",
            Self::Unknown(word) => word,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Invoice {
    /// An upcoming invoice has none.
    pub(crate) id: Option<String>,
    pub(crate) customer: Option<Reference>,
    pub(crate) status: Option<String>,
    pub(crate) currency: String,
    #[serde(default)]
    pub(crate) total: Option<i64>,
    #[serde(default)]
    pub(crate) amount_due: i64,
    #[serde(default)]
    pub(crate) amount_paid: i64,
    #[serde(default)]
    pub(crate) attempt_count: u32,
    /// Since basil.
    pub(crate) parent: Option<InvoiceParent>,
    /// Before basil.
    pub(crate) subscription: Option<Reference>,
    /// Since basil, where expanded.
    #[serde(default)]
    pub(crate) payments: Option<List<InvoicePaymentEntry>>,
    /// Before basil.
    pub(crate) payment_intent: Option<Reference>,
    /// Before basil.
    pub(crate) charge: Option<Reference>,
    #[serde(default)]
    pub(crate) lines: List<Line>,
}

#[derive(Deserialize)]
pub(crate) struct InvoiceParent {
    pub(crate) subscription_details: Option<SubscriptionDetails>,
}

#[derive(Deserialize)]
pub(crate) struct SubscriptionDetails {
    pub(crate) subscription: Option<Reference>,
    #[serde(default)]
    pub(crate) metadata: Option<Metadata>,
}

#[derive(Deserialize)]
pub(crate) struct InvoicePaymentEntry {
    pub(crate) payment: Option<super::payment::PaymentReference>,
}

#[derive(Deserialize)]
pub(crate) struct Line {
    pub(crate) period: Option<LinePeriod>,
    /// Before basil.
    pub(crate) proration: Option<bool>,
    /// Since basil.
    pub(crate) parent: Option<LineParent>,
}

#[derive(Deserialize)]
pub(crate) struct LinePeriod {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

#[derive(Deserialize)]
pub(crate) struct LineParent {
    pub(crate) subscription_item_details: Option<ProrationFlag>,
    pub(crate) invoice_item_details: Option<ProrationFlag>,
}

#[derive(Deserialize)]
pub(crate) struct ProrationFlag {
    #[serde(default)]
    pub(crate) proration: bool,
}
