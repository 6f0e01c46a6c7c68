//! The bodies of the sandbox's small API.

use hos_domain::billing::{ChangePreview, InvoiceStatus, Period};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Money, Timestamp};
use hos_domain::sandbox::{SandboxCustomer, SandboxEvent, SandboxInvoice};
use serde::{Deserialize, Serialize};

/// What our side asks the sandbox for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenCheckoutBody {
    /// Which user of ours pays.
    pub user: UserId,
    /// The sandbox's id of the price.
    pub price: String,
    /// Days of free trial.
    pub trial_days: u32,
    /// Where the payer goes afterwards.
    pub success_url: String,
    /// Where the payer goes who turns back.
    pub cancel_url: String,
}

/// What the sandbox answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenedBody {
    /// The sandbox's id of the checkout.
    pub id: String,
    /// Where to send the payer.
    pub url: String,
}

/// A customer visits the sandbox's own page.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenPortalBody {
    /// Who.
    pub customer: String,
    /// Where they come back to.
    pub return_url: String,
}

/// What was done, or how things are: the bodies of events, as webhooks have them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SaidBody {
    /// Each a JSON object.
    pub events: Vec<String>,
}

impl From<Vec<SandboxEvent>> for SaidBody {
    fn from(events: Vec<SandboxEvent>) -> Self {
        Self { events: events.into_iter().map(|event| event.body).collect() }
    }
}

/// A page of what there is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PageBody {
    /// Each a JSON object.
    pub events: Vec<String>,
    /// After what the next page begins.
    pub next: Option<String>,
}

/// What a change would cost.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewBody {
    /// Charged.
    pub charge: Money,
    /// Credited.
    pub credit: Money,
    /// To be paid at once.
    pub due_now: Money,
    /// As of when.
    pub prorated_at: Timestamp,
    /// When the next regular payment is due.
    pub renews_at: Option<Timestamp>,
}

impl From<ChangePreview> for PreviewBody {
    fn from(preview: ChangePreview) -> Self {
        let ChangePreview { charge, credit, due_now, prorated_at, renews_at } = preview;
        Self { charge, credit, due_now, prorated_at, renews_at }
    }
}

/// A customer's invoices, the newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvoicesBody {
    /// All of them.
    pub invoices: Vec<InvoiceBody>,
}

/// An invoice as its payer sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InvoiceBody {
    /// The sandbox's id.
    pub id: String,
    /// The subscription it is for.
    pub subscription: String,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// What it asks for.
    pub total: Money,
    /// What was paid.
    pub paid: Money,
    /// When it was made.
    pub created_at: Timestamp,
    /// The time it is for.
    pub period: Period,
    /// What paid it.
    pub payment: Option<String>,
    /// The page that shows it.
    pub hosted_url: String,
}

impl InvoicesBody {
    /// Every invoice of a customer; their pages are below `pages_url`.
    #[must_use]
    pub fn of(customer: &SandboxCustomer, pages_url: &str) -> Self {
        let each = customer.subscriptions.iter();
        let each = each.flat_map(|subscription| subscription.invoices.iter().map(move |one| (one, &subscription.id)));
        let mut invoices: Vec<InvoiceBody> =
            each.map(|(invoice, subscription)| InvoiceBody::of(customer, invoice, subscription, pages_url)).collect();
        // Later ones have longer or greater numbers.
        invoices.sort_by(|a, b| (b.created_at, b.id.len(), &b.id).cmp(&(a.created_at, a.id.len(), &a.id)));
        Self { invoices }
    }
}

impl InvoiceBody {
    fn of(customer: &SandboxCustomer, invoice: &SandboxInvoice, subscription: &str, pages_url: &str) -> Self {
        let name = |id: &str| format!("{}_{id}", customer.id);
        let id = name(&invoice.id);
        let paid = if invoice.paid { invoice.amount.amount_minor } else { 0 };
        Self {
            hosted_url: format!("{pages_url}/sandbox/invoices/{id}"),
            id,
            subscription: name(subscription),
            status: if invoice.paid { InvoiceStatus::Paid } else { InvoiceStatus::Open },
            total: invoice.amount,
            paid: Money::new(paid, invoice.amount.currency),
            created_at: invoice.created_at,
            period: invoice.period,
            payment: (paid > 0).then(|| name(&invoice.payment)),
        }
    }
}
