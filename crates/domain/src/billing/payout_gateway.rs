//! Taking money for others and paying them.

use async_trait::async_trait;

use super::{HeldPayment, Hold, NewPayee, OnboardingLink, Payee, Payout};
use crate::kernel::{GatewayError, Money};

/// Connected accounts, payments that are held for them, and payouts.
///
/// After `Timeout` and `Unavailable` a write may be repeated with the same key: the provider does it once.
#[async_trait]
pub trait PayoutGateway: Send + Sync {
    /// Opens a connected account.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn open_account(&self, payee: &NewPayee, idempotency_key: &str) -> Result<Payee, GatewayError>;

    /// A connected account as it is.
    ///
    /// # Errors
    /// [`GatewayError`]; `NotFound`.
    async fn payee(&self, account: &str) -> Result<Payee, GatewayError>;

    /// A page on which a payee tells the provider who they are: sends them to `return_url` afterwards, and to
    /// `refresh_url` when the link has lapsed.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn onboarding_link(
        &self,
        account: &str,
        return_url: &str,
        refresh_url: &str,
        idempotency_key: &str,
    ) -> Result<OnboardingLink, GatewayError>;

    /// Holds an amount on a card.
    ///
    /// # Errors
    /// [`GatewayError`]; `Declined` when the card does not have it.
    async fn authorize(&self, hold: &Hold, idempotency_key: &str) -> Result<HeldPayment, GatewayError>;

    /// A payment as it is.
    ///
    /// # Errors
    /// [`GatewayError`]; `NotFound`.
    async fn held_payment(&self, payment: &str) -> Result<HeldPayment, GatewayError>;

    /// Takes so much of what is held and lets go of the rest. `commission` is our part of what is taken, if the payment is
    /// shared.
    ///
    /// # Errors
    /// [`GatewayError`]; `InvalidRequest` when so much is not held.
    async fn capture(
        &self,
        payment: &str,
        amount: Money,
        commission: Option<Money>,
        idempotency_key: &str,
    ) -> Result<HeldPayment, GatewayError>;

    /// Lets go of what is held.
    ///
    /// # Errors
    /// [`GatewayError`]; `InvalidRequest` when it was captured.
    async fn release(&self, payment: &str, idempotency_key: &str) -> Result<HeldPayment, GatewayError>;

    /// A payee's latest payouts, the newest first.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn payouts(&self, account: &str, most: u8) -> Result<Vec<Payout>, GatewayError>;
}
