//! Invoices.

use async_trait::async_trait;
use hos_domain::billing::{InvoiceGateway, InvoicePage, ProviderInvoice};
use hos_domain::kernel::GatewayError;
use hos_http::Call;

use super::SandboxGateway;
use crate::wire::{InvoiceBody, InvoicesBody};

fn invoices_of(customer: &str) -> Call {
    Call::get("/sandbox/v1/invoices").query(vec![("customer".to_owned(), customer.to_owned())])
}

#[async_trait]
impl InvoiceGateway for SandboxGateway {
    async fn list(&self, customer: &str, after: Option<&str>, most: u8) -> Result<InvoicePage, GatewayError> {
        let invoices: InvoicesBody = self.send(invoices_of(customer)).await?;
        let most = usize::from(most.max(1));
        let mut rest =
            invoices.invoices.into_iter().skip_while(|invoice| after.is_some_and(|after| invoice.id != after));
        // The one that was last on the page before stands first.
        let skipped = usize::from(after.is_some());
        let page: Vec<ProviderInvoice> = rest.by_ref().skip(skipped).take(most).map(shown).collect();
        let next = rest.next().and(page.last()).map(|last| last.id.clone());
        Ok(InvoicePage { invoices: page, next })
    }

    async fn get(&self, customer: &str, invoice: &str) -> Result<ProviderInvoice, GatewayError> {
        let invoices: InvoicesBody = self.send(invoices_of(customer)).await?;
        let found = invoices.invoices.into_iter().find(|found| found.id == invoice);
        found.map(shown).ok_or(GatewayError::NotFound)
    }
}

fn shown(body: InvoiceBody) -> ProviderInvoice {
    ProviderInvoice {
        number: Some(body.id.clone()),
        id: body.id,
        subscription: Some(body.subscription),
        status: body.status,
        total: body.total,
        tax: None,
        paid: body.paid,
        created_at: body.created_at,
        period: Some(body.period),
        payment: body.payment,
        pdf_url: Some(format!("{}/pdf", body.hosted_url)),
        hosted_url: Some(body.hosted_url),
    }
}
