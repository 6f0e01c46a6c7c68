//! A pretended payer decides, and what follows is sent as webhooks.

use std::sync::Arc;

use hos_domain::kernel::{BusinessClock, Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage};
use hos_domain::sandbox::{CheckoutOutcome, SandboxCheckout, Simulator};

use super::send;

/// Lets payers decide.
pub struct DecideCheckout {
    /// What follows.
    pub simulator: Arc<dyn Simulator>,
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
    /// Business time.
    pub business_clock: Arc<dyn BusinessClock>,
}

/// How it came out.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The checkout as it is now.
    pub checkout: SandboxCheckout,
    /// The card was declined; the payer may try again.
    pub declined: bool,
}

/// Why nothing could be decided.
#[derive(Debug, thiserror::Error)]
pub enum DecideCheckoutError {
    /// There is no such checkout.
    #[error("there is no such checkout")]
    NotFound,
    /// It was decided before.
    #[error("this checkout is decided already")]
    Decided,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for DecideCheckoutError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Decided => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl DecideCheckout {
    /// Lets the payer of a checkout do something.
    ///
    /// # Errors
    /// [`DecideCheckoutError`]
    pub async fn run(&self, id: &str, outcome: CheckoutOutcome) -> Result<Decided, DecideCheckoutError> {
        let (now, business_now) = (self.clock.now(), self.business_clock.now());
        let tx = self.storage.begin().await?;
        let mut checkout = tx.sandbox().lock_checkout(id).await?.ok_or(DecideCheckoutError::NotFound)?;
        if !checkout.is_undecided() {
            return Err(DecideCheckoutError::Decided);
        }
        let mut customer = match tx.sandbox().lock_customer_of(checkout.user).await? {
            Some(customer) => customer,
            None => {
                let id = format!("scus_{}", self.ids.uuid().simple());
                self.simulator.customer(id, checkout.user, business_now)
            }
        };
        let events = self.simulator.decide(&mut customer, &mut checkout, outcome, business_now);
        tx.sandbox().save_checkout(&checkout).await?;
        tx.sandbox().save_customer(&customer, self.simulator.due(&customer)).await?;
        send(&*tx, &*self.ids, &events, now).await?;
        tx.commit().await?;
        Ok(Decided { declined: outcome == CheckoutOutcome::Decline, checkout })
    }
}
