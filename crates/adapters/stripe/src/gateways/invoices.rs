//! A customer's invoices.

use async_trait::async_trait;
use hos_domain::billing::{Facts, InvoiceGateway, InvoicePage, Period, ProviderInvoice};
use hos_domain::kernel::{GatewayError, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Stripe, fields, in_path};
use crate::translate::{Frame, amount};
use crate::wire::{Invoice, List, Reference};

/// What only the payer is shown.
#[derive(Deserialize)]
struct Shown {
    number: Option<String>,
    created: i64,
    hosted_invoice_url: Option<String>,
    invoice_pdf: Option<String>,
    #[serde(default)]
    total_taxes: Vec<Tax>,
    /// Before basil.
    tax: Option<i64>,
}

#[derive(Deserialize)]
struct Tax {
    amount: i64,
}

#[async_trait]
impl InvoiceGateway for Stripe {
    async fn list(&self, customer: &str, after: Option<&str>, most: u8) -> Result<InvoicePage, GatewayError> {
        let mut query = fields([
            ("customer", customer.to_owned()),
            ("limit", most.clamp(1, 100).to_string()),
            ("expand[0]", "data.payments".to_owned()),
        ]);
        query.extend(after.map(|after| ("starting_after".to_owned(), after.to_owned())));
        let said = self.get::<List<Value>>("/v1/invoices", query).await?;
        let frame = self.frame(said.as_of);
        let invoices = said.body.data.iter().map(|invoice| read(&frame, invoice)).collect::<Result<_, _>>()?;
        Ok(InvoicePage { invoices, next: said.body.next() })
    }

    async fn get(&self, customer: &str, invoice: &str) -> Result<ProviderInvoice, GatewayError> {
        let expand = fields([("expand[0]", "payments".to_owned())]);
        let said = Stripe::get::<Value>(self, &format!("/v1/invoices/{}", in_path(invoice)?), expand).await?;
        let of: Invoice = parse(&said.body)?;
        if of.customer.as_ref().map(Reference::id) != Some(customer) {
            return Err(GatewayError::NotFound);
        }
        read(&self.frame(said.as_of), &said.body)
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> Result<T, GatewayError> {
    Deserialize::deserialize(value).map_err(|error: serde_json::Error| GatewayError::Malformed(error.to_string()))
}

/// What decides anything is read as it is in events; the rest is for the payer's eyes.
fn read(frame: &Frame, value: &Value) -> Result<ProviderInvoice, GatewayError> {
    let (invoice, shown): (Invoice, Shown) = (parse(value)?, parse(value)?);
    let said = frame.read(value)?.into_iter().find_map(|observation| match observation.facts {
        Facts::Invoice(facts) => Some((observation.object, facts)),
        _ => None,
    });
    let (id, facts) = said.ok_or_else(|| GatewayError::Malformed("this is no invoice".to_owned()))?;
    let taxes = shown.total_taxes.iter().map(|tax| tax.amount).reduce(i64::saturating_add);
    let period = |facts: &[hos_domain::billing::InvoiceLine]| {
        let (start, end) =
            (facts.iter().map(|line| line.period.start).min()?, facts.iter().map(|line| line.period.end).max()?);
        Some(Period { start, end })
    };
    Ok(ProviderInvoice {
        id,
        number: shown.number,
        subscription: facts.subscription,
        status: facts.status,
        total: facts.total,
        tax: taxes.or(shown.tax).map(|tax| amount(tax, &invoice.currency)).transpose()?,
        paid: facts.paid,
        created_at: Timestamp::from_unix_seconds(shown.created).unwrap_or(Timestamp::EPOCH),
        period: period(&facts.lines),
        payment: payment(&invoice),
        hosted_url: shown.hosted_invoice_url,
        pdf_url: shown.invoice_pdf,
    })
}

/// The payment, since basil among those that were expanded, before it on the invoice itself.
fn payment(invoice: &Invoice) -> Option<String> {
    let paying = invoice.payments.iter().flat_map(|list| &list.data).filter_map(|entry| entry.payment.as_ref());
    let expanded = paying.filter_map(|payment| payment.payment_intent.as_ref().or(payment.charge.as_ref())).next();
    expanded.or(invoice.payment_intent.as_ref()).or(invoice.charge.as_ref()).map(|payment| payment.id().to_owned())
}
