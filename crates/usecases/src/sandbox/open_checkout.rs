//! The sandbox opens a checkout, as a provider would when asked over its API.

use std::sync::Arc;

use hos_domain::billing::{Catalog, Provider};
use hos_domain::identity::UserId;
use hos_domain::kernel::{BusinessClock, ErrorKind, Failure, IdSource, RepositoryError, Storage};
use hos_domain::sandbox::{SandboxCheckout, SandboxCheckoutState};

/// Opens checkouts.
pub struct OpenSandboxCheckout {
    /// What things cost.
    pub catalog: Arc<Catalog>,
    /// Where checkouts are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// What the sandbox is asked for.
#[derive(Debug, Clone)]
pub struct SandboxOrder {
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

/// Why there is no checkout.
#[derive(Debug, thiserror::Error)]
pub enum OpenSandboxCheckoutError {
    /// The sandbox knows no such price.
    #[error("there is no such price")]
    UnknownPrice,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for OpenSandboxCheckoutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownPrice => ErrorKind::Unprocessable,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl OpenSandboxCheckout {
    /// Opens a checkout; the same key gives the same one.
    ///
    /// # Errors
    /// [`OpenSandboxCheckoutError`]
    pub async fn run(&self, key: &str, order: SandboxOrder) -> Result<SandboxCheckout, OpenSandboxCheckoutError> {
        let known = self.catalog.price_of(Provider::Sandbox, &order.price);
        let (plan, price) = known.ok_or(OpenSandboxCheckoutError::UnknownPrice)?;
        let checkout = SandboxCheckout {
            id: format!("scs_{}", self.ids.uuid().simple()),
            user: order.user,
            title: plan.name.clone(),
            price: order.price.clone(),
            amount: price.amount,
            interval: price.interval,
            trial_days: order.trial_days,
            success_url: order.success_url,
            cancel_url: order.cancel_url,
            state: SandboxCheckoutState::Open,
            subscription: None,
            created_at: self.business_clock.now(),
        };
        let tx = self.storage.begin().await?;
        let checkout = tx.sandbox().open_checkout(key, checkout).await?;
        tx.commit().await?;
        Ok(checkout)
    }
}
