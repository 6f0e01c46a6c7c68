//! What can be asked of a payment provider, verb by verb. A provider answers a write with the whole object, and so every
//! verb that changes something answers with observations: they are recorded as any others are, count at once, and the
//! webhook that follows says nothing new. What a provider can't do is a port it doesn't have.

use std::sync::Arc;

use async_trait::async_trait;

use super::{
    ChangePreview, CheckoutGateway, InvoicePage, MeterReading, NewCustomer, Observation, PayoutGateway, PlanChange,
    PortalVisit, ProviderInvoice, ProviderPage, RefundOrder,
};
use crate::kernel::{GatewayError, Timestamp};

/// What a provider answered, in our words. As of no later than the provider made its answer, so that an event about
/// anything later counts more.
pub type Observed = Result<Vec<Observation>, GatewayError>;

/// When a cancelled subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelAt {
    /// With the period that was paid for.
    PeriodEnd,
    /// Now; what is left of the period is not given back by this.
    Once,
}

/// What is to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// A subscription that is scheduled to end renews again.
    Renewal,
    /// A subscription that is paused is collected for again.
    Collection,
}

/// The verbs of a subscription. Each is named by the provider's id of it.
///
/// After `Timeout` and `Unavailable` a write may be repeated with the same key: the provider does it once. A provider that
/// lacks a verb answers `Unsupported`; one that knows no such subscription `NotFound`; one whose subscription is in no
/// state for it `InvalidRequest`.
#[async_trait]
pub trait SubscriptionGateway: Send + Sync {
    /// The subscription as it is, with its latest invoice where the provider has one.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn fetch(&self, subscription: &str) -> Observed;

    /// Moves it to another price at once; the difference for the rest of the period is settled at once too.
    ///
    /// # Errors
    /// [`GatewayError`]; `Declined` when the difference could not be collected, and then nothing has changed.
    async fn change(&self, change: &PlanChange, idempotency_key: &str) -> Observed;

    /// Cancels it. One that is scheduled to end already stays so.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn cancel(&self, subscription: &str, at: CancelAt, idempotency_key: &str) -> Observed;

    /// Lets it go on.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn resume(&self, subscription: &str, what: Resumption, idempotency_key: &str) -> Observed;

    /// Pauses collection: nothing is charged until it is resumed.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn pause(&self, subscription: &str, idempotency_key: &str) -> Observed;

    /// The subscriptions that were made since, ended ones too, page by page; `after` is the page before's `next`.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn list_recent(&self, since: Timestamp, after: Option<&str>) -> Result<ProviderPage, GatewayError>;
}

/// Tells what a change of plan would cost. Only for providers that can say it beforehand.
#[async_trait]
pub trait ChangePreviewGateway: Send + Sync {
    /// What the change would cost if it were made at `change.prorated_at`, or now.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn preview(&self, change: &PlanChange) -> Result<ChangePreview, GatewayError>;
}

/// Opens the provider's own page on which a customer sees to cards, addresses and tax ids.
#[async_trait]
pub trait PortalGateway: Send + Sync {
    /// A link for this customer and nobody else; it lasts minutes.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn open(&self, visit: &PortalVisit, idempotency_key: &str) -> Result<String, GatewayError>;
}

/// Gives money back.
#[async_trait]
pub trait RefundGateway: Send + Sync {
    /// Of all the names of one payment, the one by which it is refunded. The same names give the same one.
    fn payment_among<'a>(&self, names: &'a [String]) -> Option<&'a str>;

    /// Gives back so much of a payment.
    ///
    /// # Errors
    /// [`GatewayError`]; `InvalidRequest` when so much is not left of it.
    async fn refund(&self, order: &RefundOrder, idempotency_key: &str) -> Observed;

    /// A refund as it is: one that was on its way may have come back.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn fetch(&self, refund: &str) -> Observed;

    /// What the provider knows of a payment: the invoice it paid, and its refunds. For a refund or a dispute whose invoice
    /// no event has named.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn fetch_payment(&self, payment: &str) -> Observed;
}

/// A customer's invoices.
#[async_trait]
pub trait InvoiceGateway: Send + Sync {
    /// The newest first; `after` is the page before's `next`.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn list(&self, customer: &str, after: Option<&str>, most: u8) -> Result<InvoicePage, GatewayError>;

    /// One of them.
    ///
    /// # Errors
    /// [`GatewayError`]; `NotFound` also when it is another customer's.
    async fn get(&self, customer: &str, invoice: &str) -> Result<ProviderInvoice, GatewayError>;
}

/// The provider's own record of a payer.
#[async_trait]
pub trait CustomerGateway: Send + Sync {
    /// A customer that stands for a user; gives its id. The same key gives the same one.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn create(&self, customer: &NewCustomer, idempotency_key: &str) -> Result<String, GatewayError>;

    /// Erases what the provider may forget of a customer; ends their subscriptions at once. One that is gone already is as
    /// good.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn delete(&self, customer: &str) -> Result<(), GatewayError>;
}

/// Reports what was used, for prices that are metered.
#[async_trait]
pub trait UsageGateway: Send + Sync {
    /// Reports a reading. One with the same identifier counts once.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn report(&self, reading: &MeterReading) -> Result<(), GatewayError>;
}

/// All that one provider can be asked; what it can't do, or is not set up for, is missing.
#[derive(Clone, Default)]
pub struct Gateways {
    /// Opens checkouts.
    pub checkout: Option<Arc<dyn CheckoutGateway>>,
    /// The verbs of a subscription.
    pub subscriptions: Option<Arc<dyn SubscriptionGateway>>,
    /// What a change would cost.
    pub previews: Option<Arc<dyn ChangePreviewGateway>>,
    /// Its own page for customers.
    pub portal: Option<Arc<dyn PortalGateway>>,
    /// Gives money back.
    pub refunds: Option<Arc<dyn RefundGateway>>,
    /// Lists invoices.
    pub invoices: Option<Arc<dyn InvoiceGateway>>,
    /// Its record of payers.
    pub customers: Option<Arc<dyn CustomerGateway>>,
    /// Takes readings of meters.
    pub usage: Option<Arc<dyn UsageGateway>>,
    /// Takes money for others and pays them.
    pub payouts: Option<Arc<dyn PayoutGateway>>,
}
