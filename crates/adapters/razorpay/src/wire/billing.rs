//! Subscriptions and invoices.

use serde::Deserialize;

use super::Notes;

#[derive(Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) plan_id: Option<String>,
    /// Null until the mandate is given.
    pub(crate) customer_id: Option<String>,
    pub(crate) status: SubscriptionStatus,
    pub(crate) quantity: Option<u32>,
    /// Null until the first charge.
    pub(crate) current_start: Option<i64>,
    /// Null until the first charge.
    pub(crate) current_end: Option<i64>,
    pub(crate) start_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) created_at: Option<i64>,
    #[serde(default)]
    pub(crate) paid_count: u32,
    pub(crate) remaining_count: Option<i64>,
    /// How it is paid, once the mandate is given.
    pub(crate) payment_method: Option<String>,
    pub(crate) short_url: Option<String>,
    #[serde(default)]
    pub(crate) notes: Notes,
}

/// The last variant holds what Razorpay may add.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(from = "String")]
pub(crate) enum SubscriptionStatus {
    Created,
    Authenticated,
    Active,
    Pending,
    Halted,
    Paused,
    Cancelled,
    Completed,
    Expired,
    Unknown(String),
}

impl From<String> for SubscriptionStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "created" => Self::Created,
            "authenticated" => Self::Authenticated,
            "active" => Self::Active,
            "pending" => Self::Pending,
            "halted" => Self::Halted,
            "paused" => Self::Paused,
            "cancelled" => Self::Cancelled,
            "completed" => Self::Completed,
            "expired" => Self::Expired,
            _ => Self::Unknown(word),
        }
    }
}

impl SubscriptionStatus {
    /// Razorpay's word.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::Authenticated => "authenticated",
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Halted => "halted",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Completed => "completed",
            Self::Expired => "expired",
            Self::Unknown(word) => word,
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) customer_id: Option<String>,
    pub(crate) subscription_id: Option<String>,
    pub(crate) payment_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) invoice_number: Option<String>,
    pub(crate) tax_amount: Option<i64>,
    pub(crate) short_url: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) paid_at: Option<i64>,
    /// The cycle that it is for, where it says so.
    pub(crate) billing_start: Option<i64>,
    pub(crate) billing_end: Option<i64>,
    #[serde(default)]
    pub(crate) amount: i64,
    #[serde(default)]
    pub(crate) amount_paid: i64,
    pub(crate) currency: Option<String>,
}
