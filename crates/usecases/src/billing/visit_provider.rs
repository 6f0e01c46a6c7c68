//! What the provider itself shows to its customer: a page for cards and addresses, and invoices.

use std::sync::Arc;

use hos_domain::billing::{BillingQueries, Gateways, PortalVisit, ProviderInvoice, SubjectKey};
use hos_domain::identity::UserId;
use hos_domain::kernel::{ErrorKind, Failure, GatewayError, IdSource, RepositoryError};
use hos_domain::platform::AnswerKey;

use super::Providers;

/// Leads customers to their provider.
pub struct VisitProvider {
    /// Who is a customer where.
    pub billing: Arc<dyn BillingQueries>,
    /// Who is asked.
    pub providers: Providers,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Where customers come back to who were given nowhere to go.
    pub default_return_url: String,
}

/// Where a page of invoices ends: at which of the user's customers, and behind which invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceCursor {
    /// Which of the user's customers, counted from 0.
    pub customer: u32,
    /// Behind which invoice.
    pub after: Option<String>,
}

/// Why there is nothing to see.
#[derive(Debug, thiserror::Error)]
pub enum VisitProviderError {
    /// The user has never paid anywhere.
    #[error("there is no customer of a payment provider yet; subscribe first")]
    NoCustomer,
    /// The provider has no such page.
    #[error("the provider has no page for this")]
    NotSupported,
    /// There is no such invoice, or it is somebody else's.
    #[error("there is no such invoice")]
    UnknownInvoice,
    /// The provider makes no PDF of it.
    #[error("the provider makes no PDF of this invoice")]
    NoPdf,
    /// The provider did not answer.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for VisitProviderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoCustomer | Self::UnknownInvoice | Self::NoPdf => ErrorKind::NotFound,
            Self::NotSupported => ErrorKind::Unprocessable,
            Self::Gateway(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::NoCustomer => Some("NO_CUSTOMER"),
            Self::UnknownInvoice => Some("INVOICE_NOT_FOUND"),
            Self::NoPdf => Some("INVOICE_HAS_NO_PDF"),
            Self::NotSupported => Some("PROVIDER_UNSUPPORTED"),
            Self::Gateway(error) => error.code(),
            Self::Storage(_) => None,
        }
    }
}

impl VisitProvider {
    /// A link to the provider's page for the customer whom the user was last.
    ///
    /// # Errors
    /// [`VisitProviderError`]
    pub async fn portal(
        &self,
        user: UserId,
        return_url: Option<String>,
        key: Option<&AnswerKey>,
    ) -> Result<String, VisitProviderError> {
        let latest = self.customers(user).await?.into_iter().next_back();
        let (customer, gateways) = latest.ok_or(VisitProviderError::NoCustomer)?;
        let gateway = gateways.portal.ok_or(VisitProviderError::NotSupported)?;
        let return_url = return_url.unwrap_or_else(|| self.default_return_url.clone());
        let key = key.map_or_else(|| format!("hos-{}", self.ids.uuid()), AnswerKey::derived);
        Ok(gateway.open(&PortalVisit { customer, return_url }, &key).await?)
    }

    /// Up to `most` invoices, those of the latest customer first, and where the next page begins.
    ///
    /// # Errors
    /// [`VisitProviderError`]
    pub async fn invoices(
        &self,
        user: UserId,
        from: Option<InvoiceCursor>,
        most: u8,
    ) -> Result<(Vec<ProviderInvoice>, Option<InvoiceCursor>), VisitProviderError> {
        let InvoiceCursor { customer: first, mut after } = from.unwrap_or(InvoiceCursor { customer: 0, after: None });
        let customers: Vec<_> = self.customers(user).await?.into_iter().rev().zip(0_u32..).collect();
        let last = customers.last().map_or(0, |(_, number)| *number);
        for ((customer, gateways), number) in customers.into_iter().skip(first as usize) {
            let Some(gateway) = gateways.invoices else { continue };
            let page = gateway.list(&customer, after.take().as_deref(), most).await?;
            let next = match page.next {
                Some(after) => Some(InvoiceCursor { customer: number, after: Some(after) }),
                None => (number < last).then_some(InvoiceCursor { customer: number + 1, after: None }),
            };
            if !page.invoices.is_empty() || next.is_none() {
                return Ok((page.invoices, next));
            }
        }
        Ok((Vec::new(), None))
    }

    /// Where the PDF of an invoice is.
    ///
    /// # Errors
    /// [`VisitProviderError`]
    pub async fn pdf(&self, user: UserId, invoice: &str) -> Result<String, VisitProviderError> {
        for (customer, gateways) in self.customers(user).await?.into_iter().rev() {
            let Some(gateway) = gateways.invoices else { continue };
            match gateway.get(&customer, invoice).await {
                Ok(found) => return found.pdf_url.ok_or(VisitProviderError::NoPdf),
                Err(GatewayError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(VisitProviderError::UnknownInvoice)
    }

    /// The customers that a user is, the first to be known first, and what can be asked about each.
    async fn customers(&self, user: UserId) -> Result<Vec<(String, Gateways)>, VisitProviderError> {
        let keys = self.billing.subjects(user).await?.into_iter().map(|subject| subject.key);
        let asked = |SubjectKey { provider, customer, .. }: SubjectKey| {
            let gateways = self.providers.get(provider).map(|provider| provider.gateways.clone());
            Some((customer?, gateways.unwrap_or_default()))
        };
        Ok(keys.filter_map(asked).collect())
    }
}
