//! Invoices.

use hos_domain::billing::{Facts, InvoiceFacts, InvoiceStatus, Observation, Translated};

use super::{Frame, Read, Unread, ids, money, one};
use crate::wire::Invoice;

/// Of a subscription's invoice only what it belongs together with: that it is paid, and for how long, is what the charge
/// says, and two snapshots of one thing must not contradict each other.
pub(super) fn invoice(frame: &Frame, invoice: Invoice) -> Read {
    let parts = [invoice.payment_id.as_ref(), invoice.order_id.as_ref()];
    if invoice.subscription_id.is_some() {
        let refers_to: Vec<_> = std::iter::once(invoice.id.clone()).chain(ids(parts)).collect();
        if refers_to.len() == 1 {
            return Ok(Translated::Ignored("a subscription is paid by its charges"));
        }
        let link = frame.observation(format!("{}/payment", invoice.id), invoice.customer_id, Facts::Link);
        return one(Observation { refers_to, ..link });
    }
    let (status, currency) = (status(&invoice)?, currency(&invoice));
    let facts = InvoiceFacts {
        subscription: None,
        status,
        total: money(invoice.amount, currency)?,
        paid: money(invoice.amount_paid, currency)?,
        lines: Vec::new(),
        attempt_failed: false,
    };
    let refers_to = ids(parts);
    let observation = frame.observation(invoice.id, invoice.customer_id, Facts::Invoice(facts));
    one(Observation { refers_to, ..observation })
}

/// Where an invoice stands.
pub(super) fn status(invoice: &Invoice) -> Result<InvoiceStatus, Unread> {
    Ok(match invoice.status.as_deref() {
        Some("draft") | None => InvoiceStatus::Draft,
        Some("issued" | "partially_paid") => InvoiceStatus::Open,
        Some("paid") => InvoiceStatus::Paid,
        Some("cancelled" | "deleted" | "expired") => InvoiceStatus::Void,
        Some(word) => return Err(Unread::Unknown(format!("the invoice status {word}"))),
    })
}

/// Razorpay's own currency goes without saying.
pub(super) fn currency(invoice: &Invoice) -> &str {
    invoice.currency.as_deref().unwrap_or("INR")
}
