//! What the merchant's side asks the sandbox for over its API: done at once, told in the answer, and sent as webhooks.

use std::sync::Arc;

use hos_domain::billing::{Catalog, ChangePreview, Provider};
use hos_domain::kernel::{BusinessClock, Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage, Timestamp};
use hos_domain::sandbox::{
    SandboxCustomer, SandboxDeed, SandboxEvent, SandboxPrice, SandboxQueries, SandboxRefusal, Simulator, customer_of,
};

use super::send;

/// Serves the merchant's side.
pub struct PerformInSandbox {
    /// What follows.
    pub simulator: Arc<dyn Simulator>,
    /// What things cost.
    pub catalog: Arc<Catalog>,
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// Customers, read.
    pub sandbox: Arc<dyn SandboxQueries>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// Why the sandbox did not do it.
#[derive(Debug, thiserror::Error)]
pub enum PerformError {
    /// It knows no such price.
    #[error("there is no such price")]
    UnknownPrice,
    /// It does not do that.
    #[error(transparent)]
    Refused(#[from] SandboxRefusal),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for PerformError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(SandboxRefusal::Unknown) => ErrorKind::NotFound,
            Self::UnknownPrice | Self::Refused(_) => ErrorKind::Unprocessable,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Refused(SandboxRefusal::Declined)).then_some("CARD_DECLINED")
    }
}

impl PerformInSandbox {
    /// Does it; the same key does it once.
    ///
    /// # Errors
    /// [`PerformError`]
    pub async fn run(&self, key: &str, deed: &SandboxDeed) -> Result<Vec<SandboxEvent>, PerformError> {
        let price = deed.price().map(|price| self.price(price)).transpose()?;
        let (now, at) = (self.clock.now(), self.business_clock.now());
        let id = customer_of(deed.object()).ok_or(SandboxRefusal::Unknown)?;
        let tx = self.storage.begin().await?;
        let mut customer = tx.sandbox().lock_customer(id).await?.ok_or(SandboxRefusal::Unknown)?;
        let before = customer.clone();
        let events = self.simulator.perform(&mut customer, deed, price.as_ref(), key, at)?;
        if customer != before {
            tx.sandbox().save_customer(&customer, self.simulator.due(&customer)).await?;
            send(&*tx, &*self.ids, &events, now).await?;
            tx.commit().await?;
        }
        if !events.is_empty() {
            return Ok(events);
        }
        // It was so already: what happened was sent then, and the answer says how it is.
        Ok(self.simulator.look(&customer, deed.object()).ok_or(SandboxRefusal::Unknown)?)
    }

    /// How an object is.
    ///
    /// # Errors
    /// [`PerformError`]
    pub async fn look(&self, object: &str) -> Result<Vec<SandboxEvent>, PerformError> {
        let id = customer_of(object).ok_or(SandboxRefusal::Unknown)?;
        let customer = self.sandbox.customer(id).await?.ok_or(SandboxRefusal::Unknown)?;
        Ok(self.simulator.look(&customer, object).ok_or(SandboxRefusal::Unknown)?)
    }

    /// How a customer's subscriptions are that began no earlier than `since`.
    #[must_use]
    pub fn subscriptions_since(&self, customer: &SandboxCustomer, since: Timestamp) -> Vec<SandboxEvent> {
        let recent = customer.subscriptions.iter().filter(|subscription| subscription.started_at >= since);
        let id = |local: &str| format!("{}_{local}", customer.id);
        recent.filter_map(|one| self.simulator.look(customer, &id(&one.id))).flatten().collect()
    }

    /// What a move to another price would cost now.
    ///
    /// # Errors
    /// [`PerformError`]
    pub async fn preview(&self, subscription: &str, price: &str) -> Result<ChangePreview, PerformError> {
        let price = self.price(price)?;
        let id = customer_of(subscription).ok_or(SandboxRefusal::Unknown)?;
        let customer = self.sandbox.customer(id).await?.ok_or(SandboxRefusal::Unknown)?;
        let preview = self.simulator.preview(&customer, subscription, &price, self.business_clock.now());
        Ok(preview.ok_or(SandboxRefusal::Forbidden("it is in no state for this, or has this price already"))?)
    }

    fn price(&self, id: &str) -> Result<SandboxPrice, PerformError> {
        let (_, price) = self.catalog.price_of(Provider::Sandbox, id).ok_or(PerformError::UnknownPrice)?;
        Ok(SandboxPrice { id: id.to_owned(), amount: price.amount, interval: price.interval })
    }
}
