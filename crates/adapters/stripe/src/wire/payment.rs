//! Payments and what becomes of them.

use serde::Deserialize;

use super::{List, Reference};

#[derive(Deserialize)]
pub(crate) struct PaymentReference {
    pub(crate) payment_intent: Option<Reference>,
    pub(crate) charge: Option<Reference>,
}

#[derive(Deserialize)]
pub(crate) struct InvoicePayment {
    pub(crate) id: String,
    pub(crate) invoice: Reference,
    pub(crate) payment: PaymentReference,
}

#[derive(Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) customer: Option<Reference>,
    pub(crate) latest_charge: Option<Reference>,
    /// Before basil.
    pub(crate) invoice: Option<Reference>,
}

#[derive(Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) customer: Option<Reference>,
    pub(crate) payment_intent: Option<Reference>,
    /// Before basil.
    pub(crate) invoice: Option<Reference>,
    pub(crate) amount: i64,
    #[serde(default)]
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    /// In old API versions.
    #[serde(default)]
    pub(crate) refunds: Option<List<Refund>>,
}

#[derive(Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) charge: Option<Reference>,
    pub(crate) payment_intent: Option<Reference>,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) created: i64,
    pub(crate) status: Option<RefundStatus>,
}

/// The last variant holds what Stripe may add.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) enum RefundStatus {
    Pending,
    RequiresAction,
    Succeeded,
    Failed,
    Canceled,
    Unknown(String),
}

impl From<String> for RefundStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "pending" => Self::Pending,
            "requires_action" => Self::RequiresAction,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "canceled" => Self::Canceled,
            _ => Self::Unknown(word),
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) charge: Option<Reference>,
    pub(crate) payment_intent: Option<Reference>,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: DisputeStatus,
}

/// The last variant holds what Stripe may add.
#[derive(Deserialize)]
#[serde(from = "String")]
pub(crate) enum DisputeStatus {
    WarningNeedsResponse,
    WarningUnderReview,
    WarningClosed,
    NeedsResponse,
    UnderReview,
    Prevented,
    Won,
    Lost,
    Unknown(String),
}

impl From<String> for DisputeStatus {
    fn from(word: String) -> Self {
        match word.as_str() {
            "warning_needs_response" => Self::WarningNeedsResponse,
            "warning_under_review" => Self::WarningUnderReview,
            "warning_closed" => Self::WarningClosed,
            "needs_response" => Self::NeedsResponse,
            "under_review" => Self::UnderReview,
            "prevented" => Self::Prevented,
            "won" => Self::Won,
            "lost" => Self::Lost,
            _ => Self::Unknown(word),
        }
    }
}
