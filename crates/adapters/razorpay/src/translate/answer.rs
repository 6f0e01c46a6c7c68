//! What Razorpay answers when it is asked: the same snapshots, without the event that says what happened.

use hos_domain::billing::{CancelIntentFacts, Facts, InvoiceStatus, Observation, Period, ProviderInvoice};

use super::{Frame, Unread, ids, instant, invoice, money, payment, subscription};
use crate::wire::{Invoice, Payment, Refund, Subscription, SubscriptionStatus};

impl Frame {
    /// A subscription as it is.
    pub(crate) fn subscription(&self, subscription: &Subscription) -> Result<Observation, Unread> {
        subscription::observation(self, subscription)
    }

    /// A subscription as it is, and the invoices of it that are paid.
    pub(crate) fn with_invoices(
        &self,
        subscription: &Subscription,
        invoices: &[Invoice],
    ) -> Result<Vec<Observation>, Unread> {
        let mut observations = vec![self.subscription(subscription)?];
        let newest = invoices.iter().filter(|one| one.status.as_deref() == Some("paid")).max_by_key(|one| one.paid_at);
        for invoice in invoices {
            let is_newest = newest.is_some_and(|newest| newest.id == invoice.id);
            let current = if is_newest { current_period(subscription)? } else { None };
            observations.extend(self.paid_invoice(invoice, current)?);
        }
        Ok(observations)
    }

    /// A subscription's invoice that is paid, with the period that it says it is for, or the one that is known of it.
    pub(crate) fn paid_invoice(&self, invoice: &Invoice, known: Option<Period>) -> Result<Option<Observation>, Unread> {
        let (Some(of), InvoiceStatus::Paid) = (&invoice.subscription_id, invoice::status(invoice)?) else {
            return Ok(None);
        };
        let Some(period) = billed_period(invoice)?.or(known) else { return Ok(None) };
        let paid = money(invoice.amount_paid, invoice::currency(invoice))?;
        let facts = Facts::Invoice(subscription::paid_for(of, period, paid));
        let refers_to = ids([Some(of), invoice.payment_id.as_ref(), invoice.order_id.as_ref()]);
        let observation = self.observation(invoice.id.clone(), invoice.customer_id.clone(), facts);
        Ok(Some(Observation { refers_to, ..observation }))
    }

    /// A payment that we have.
    pub(crate) fn charge(&self, payment: &Payment) -> Result<Observation, Unread> {
        payment::charge(self, payment, payment.customer_id.clone())
    }

    /// A refund, with its payment where that is known.
    pub(crate) fn refund(&self, refund: Refund, payment: Option<&Payment>) -> Result<Observation, Unread> {
        payment::refunded(self, refund, payment)
    }

    /// That we had it cancelled at the end of its cycle: no snapshot shows it.
    pub(crate) fn cancel_intent(&self, subscription: &Subscription) -> Result<Option<Observation>, Unread> {
        let Some(period) = subscription::period(subscription)? else { return Ok(None) };
        let facts = CancelIntentFacts { subscription: subscription.id.clone(), ends_at: Some(period.end) };
        let object = format!("cancel_intent/{}", subscription.id);
        let intent = self.observation(object, subscription.customer_id.clone(), Facts::CancelIntent(facts));
        Ok(Some(Observation { refers_to: vec![subscription.id.clone()], ..intent }))
    }
}

/// The period that the last charge has paid for. While a charge is behind, what is shown may be the next one.
fn current_period(subscription: &Subscription) -> Result<Option<Period>, Unread> {
    match subscription.status {
        SubscriptionStatus::Active | SubscriptionStatus::Completed => subscription::period(subscription),
        _ => Ok(None),
    }
}

fn billed_period(invoice: &Invoice) -> Result<Option<Period>, Unread> {
    match (invoice.billing_start, invoice.billing_end) {
        (Some(start), Some(end)) => Ok(Some(Period { start: instant(start)?, end: instant(end)? })),
        _ => Ok(None),
    }
}

/// An invoice as its payer sees it.
pub(crate) fn shown(invoice: Invoice) -> Result<ProviderInvoice, Unread> {
    let currency = invoice::currency(&invoice);
    Ok(ProviderInvoice {
        status: invoice::status(&invoice)?,
        total: money(invoice.amount, currency)?,
        tax: invoice.tax_amount.map(|tax| money(tax, currency)).transpose()?,
        paid: money(invoice.amount_paid, currency)?,
        created_at: instant(invoice.created_at.unwrap_or_default())?,
        period: billed_period(&invoice)?,
        id: invoice.id,
        number: invoice.invoice_number,
        subscription: invoice.subscription_id,
        payment: invoice.payment_id,
        hosted_url: invoice.short_url,
        pdf_url: None,
    })
}
