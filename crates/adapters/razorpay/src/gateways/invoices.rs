//! A customer's invoices.

use async_trait::async_trait;
use hos_domain::billing::{InvoiceGateway, InvoicePage, ProviderInvoice};
use hos_domain::kernel::GatewayError;

use crate::client::{Razorpay, Said, in_path};
use crate::translate::shown;
use crate::wire::{Collection, Invoice};

#[async_trait]
impl InvoiceGateway for Razorpay {
    async fn list(&self, customer: &str, after: Option<&str>, most: u8) -> Result<InvoicePage, GatewayError> {
        let skip = after.map_or(Ok(0), str::parse::<usize>).map_err(|_| GatewayError::NotFound)?;
        let most = usize::from(most.clamp(1, 100));
        let path = format!("/v1/invoices?customer_id={}&count={most}&skip={skip}", in_path(customer)?);
        let said: Said<Collection<Invoice>> = self.get(&path).await?;
        let next = (said.body.items.len() >= most).then(|| (skip + most).to_string());
        let invoices = said.body.items.into_iter().map(shown).collect::<Result<_, _>>()?;
        Ok(InvoicePage { invoices, next })
    }

    async fn get(&self, customer: &str, invoice: &str) -> Result<ProviderInvoice, GatewayError> {
        let said: Said<Invoice> = Razorpay::get(self, &format!("/v1/invoices/{}", in_path(invoice)?)).await?;
        if said.body.customer_id.as_deref() != Some(customer) {
            return Err(GatewayError::NotFound);
        }
        Ok(shown(said.body)?)
    }
}
