//! What providers are asked for and what they answer that is no observation. Everything in a request is the same when it
//! is repeated: providers refuse another request under the same key.

use super::{InvoiceStatus, Observation, Period};
use crate::identity::UserId;
use crate::kernel::{Email, Money, Timestamp};

/// A subscription is to move to another price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanChange {
    /// The provider's id of the subscription.
    pub subscription: String,
    /// The provider's id of the new price.
    pub provider_price: String,
    /// The instant from which the difference is reckoned, so that what was previewed is what is charged; now unless given.
    pub prorated_at: Option<Timestamp>,
}

/// What a change of plan would cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangePreview {
    /// Charged at once for the rest of the period, before the credit.
    pub charge: Money,
    /// Credited for what was paid and will not be used; never negative.
    pub credit: Money,
    /// What is to be paid at once: never negative. What a credit exceeds the charge by stays with the provider for later.
    pub due_now: Money,
    /// The instant from which it is reckoned; goes into the change itself.
    pub prorated_at: Timestamp,
    /// When the next regular payment is due.
    pub renews_at: Option<Timestamp>,
}

/// One page of what a provider lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderPage {
    /// What it says.
    pub observations: Vec<Observation>,
    /// How to ask for the next page; `None` after the last.
    pub next: Option<String>,
}

/// A customer visits the provider's own page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalVisit {
    /// The provider's id of the customer.
    pub customer: String,
    /// Where they come back to.
    pub return_url: String,
}

/// Money is to be given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    /// The provider's id of the payment.
    pub payment: String,
    /// How much of it.
    pub amount: Money,
    /// Why.
    pub reason: RefundReason,
}

/// Why money is given back, in the words that providers have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundReason {
    /// The payer asked for it.
    RequestedByCustomer,
    /// It was charged twice.
    Duplicate,
    /// Somebody else paid with the card.
    Fraudulent,
}

impl RefundReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::RequestedByCustomer, Self::Duplicate, Self::Fraudulent];

    /// The name in requests.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequestedByCustomer => "requested_by_customer",
            Self::Duplicate => "duplicate",
            Self::Fraudulent => "fraudulent",
        }
    }

    /// The reason of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// An invoice as its payer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderInvoice {
    /// The provider's id.
    pub id: String,
    /// The number printed on it, once it has one.
    pub number: Option<String>,
    /// The subscription it is for.
    pub subscription: Option<String>,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// What it asks for.
    pub total: Money,
    /// How much of that is tax, where the provider says it.
    pub tax: Option<Money>,
    /// What was paid.
    pub paid: Money,
    /// When it was made.
    pub created_at: Timestamp,
    /// The time it is for.
    pub period: Option<Period>,
    /// The payment that paid it.
    pub payment: Option<String>,
    /// The provider's page of it.
    pub hosted_url: Option<String>,
    /// The provider's PDF of it.
    pub pdf_url: Option<String>,
}

/// One page of invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePage {
    /// The newest first.
    pub invoices: Vec<ProviderInvoice>,
    /// How to ask for the next page; `None` after the last.
    pub next: Option<String>,
}

/// A payer whom the provider is to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// Which user of ours; comes back in the provider's events.
    pub user: UserId,
    /// Where receipts go.
    pub email: Email,
}

/// A reading of a meter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeterReading {
    /// The provider's name of the meter's events.
    pub meter: String,
    /// The provider's id of the customer.
    pub customer: String,
    /// How much was used since the reading before.
    pub quantity: u64,
    /// When.
    pub at: Timestamp,
    /// The same for every repetition.
    pub identifier: String,
}
