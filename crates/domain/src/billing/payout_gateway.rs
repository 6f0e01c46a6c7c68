//! Taking money for others and paying them.

use async_trait::async_trait;

use crate::identity::UserId;
use crate::kernel::{CountryCode, Email, GatewayError, Money, Timestamp};

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

/// Somebody who is to be paid by us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayee {
    /// Which user of ours.
    pub user: UserId,
    /// Where the provider writes to them.
    pub email: Email,
    /// Where they live and have their bank.
    pub country: CountryCode,
}

/// Somebody who is paid by us, as the provider sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// The provider's id of the connected account.
    pub account: String,
    /// Money can be taken for them and paid out to them.
    pub ready: bool,
    /// What the provider still wants to know, by its own names.
    pub missing: Vec<String>,
}

/// A page on which a payee tells the provider who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnboardingLink {
    /// For once.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// A payment that is held until it is captured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The provider's id of who pays.
    pub customer: String,
    /// The provider's id of the saved card; without one the payer enters it with the client secret.
    pub payment_method: Option<String>,
    /// How much.
    pub amount: Money,
    /// For whom, and how much of it stays here; `None` when all of it does.
    pub share: Option<Share>,
    /// Our own id of what is paid for; comes back in the provider's events.
    pub reference: String,
}

/// Who gets a payment, and how much of it stays here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The provider's id of the connected account.
    pub account: String,
    /// Our part.
    pub commission: Money,
}

/// A payment with a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPayment {
    /// The provider's id.
    pub id: String,
    /// Where it stands.
    pub status: HoldStatus,
    /// What is held and can still be captured.
    pub capturable: Money,
    /// What was captured.
    pub captured: Money,
    /// With what the payer's own device completes it, while that is needed.
    pub client_secret: Option<String>,
}

/// Where a payment with a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldStatus {
    /// The payer has to do something: enter a card, or prove who they are.
    NeedsPayer,
    /// The provider works on it.
    Processing,
    /// Held.
    Held,
    /// Captured.
    Captured,
    /// Let go.
    Released,
}

/// Money on its way to a payee's bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payout {
    /// The provider's id.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub status: PayoutStatus,
    /// When it is there, as far as the provider can tell.
    pub arrives_at: Timestamp,
    /// The provider's code of what went wrong.
    pub failure: Option<String>,
}

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutStatus {
    /// Not sent yet.
    Pending,
    /// At the bank.
    InTransit,
    /// There; may still come back.
    Paid,
    /// It came back.
    Failed,
    /// Called off.
    Canceled,
}
