//! Payments and what becomes of them.

use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: PaymentStatus,
    #[serde(default)]
    pub(crate) amount_refunded: i64,
    pub(crate) invoice_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) customer_id: Option<String>,
}

/// The last variant holds what Razorpay may add.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(from = "String")]
pub(crate) enum PaymentStatus {
    Created,
    Authorized,
    Captured,
    Refunded,
    Failed,
    Unknown(String),
}

impl From<String> for PaymentStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "created" => Self::Created,
            "authorized" => Self::Authorized,
            "captured" => Self::Captured,
            "refunded" => Self::Refunded,
            "failed" => Self::Failed,
            _ => Self::Unknown(word),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
}

#[derive(Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) payment_id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: Option<RefundStatus>,
    pub(crate) created_at: Option<i64>,
}

/// The last variant holds what Razorpay may add.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(from = "String")]
pub(crate) enum RefundStatus {
    Pending,
    Processed,
    Failed,
    Unknown(String),
}

impl From<String> for RefundStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "pending" => Self::Pending,
            "processed" => Self::Processed,
            "failed" => Self::Failed,
            _ => Self::Unknown(word),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) payment_id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: DisputeStatus,
}

/// The last variant holds what Razorpay may add.
#[derive(Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(from = "String")]
pub(crate) enum DisputeStatus {
    Open,
    ActionRequired,
    UnderReview,
    Won,
    Lost,
    Closed,
    Unknown(String),
}

impl From<String> for DisputeStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "open" => Self::Open,
            "action_required" => Self::ActionRequired,
            "under_review" => Self::UnderReview,
            "won" => Self::Won,
            "lost" => Self::Lost,
            "closed" => Self::Closed,
            _ => Self::Unknown(word),
        }
    }
}
