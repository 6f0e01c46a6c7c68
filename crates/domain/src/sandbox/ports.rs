//! What the sandbox needs: a place for its customers, the rules of their lives, and a way to our own webhook endpoint.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{CheckoutOutcome, SandboxCheckout, SandboxCustomer, SandboxDeed, SandboxPrice, SandboxRefusal};
use crate::billing::ChangePreview;
use crate::identity::UserId;
use crate::kernel::{GatewayError, Stored, Timestamp};
use crate::platform::Effects;

/// The sandbox's unit.
pub trait Unit: Effects {
    /// Pretended customers, their checkouts and events.
    fn sandbox(&self) -> &dyn SandboxRepository;
}

/// An event of the sandbox, as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxEvent {
    /// The same for every delivery.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// When, in business time.
    pub created: Timestamp,
    /// The exact bytes to send.
    pub body: String,
}

/// The lives of pretended customers. Pure: the same customer, deed and time give the same events.
pub trait Simulator: Send + Sync {
    /// A new customer, who has done nothing yet.
    fn customer(&self, id: String, user: UserId, at: Timestamp) -> SandboxCustomer;

    /// What follows from what the payer does on the checkout page.
    fn decide(
        &self,
        customer: &mut SandboxCustomer,
        checkout: &mut SandboxCheckout,
        outcome: CheckoutOutcome,
        at: Timestamp,
    ) -> Vec<SandboxEvent>;

    /// What follows from what the merchant's side asks for, under an idempotency key. What is so already is not done again,
    /// and then nothing follows. `price` is the price that the deed speaks of.
    ///
    /// # Errors
    /// [`SandboxRefusal`]; the customer may be changed all the same and must not be saved.
    fn perform(
        &self,
        customer: &mut SandboxCustomer,
        deed: &SandboxDeed,
        price: Option<&SandboxPrice>,
        key: &str,
        at: Timestamp,
    ) -> Result<Vec<SandboxEvent>, SandboxRefusal>;

    /// How an object is, with what belongs to it: a subscription with its latest invoice, a payment with its invoice and
    /// refunds. `None` when there is no such object.
    fn look(&self, customer: &SandboxCustomer, object: &str) -> Option<Vec<SandboxEvent>>;

    /// What a move to another price would cost; `None` when there is no such subscription, or it is in no state for it.
    fn preview(
        &self,
        customer: &SandboxCustomer,
        subscription: &str,
        price: &SandboxPrice,
        at: Timestamp,
    ) -> Option<ChangePreview>;

    /// When something happens next by itself: a renewal, the end of a trial, another try, an end.
    fn due(&self, customer: &SandboxCustomer) -> Option<Timestamp>;

    /// What happens by itself up to and including `at`.
    fn live_until(&self, customer: &mut SandboxCustomer, at: Timestamp) -> Vec<SandboxEvent>;
}

/// Pretended customers, their checkouts and events, inside a unit of work.
#[async_trait]
pub trait SandboxRepository: Send + Sync {
    /// Adds a checkout. One that was added under the same key before is left as it is and given back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn open_checkout(&self, key: &str, checkout: SandboxCheckout) -> Stored<SandboxCheckout>;

    /// The checkout with this id, locked.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn lock_checkout(&self, id: &str) -> Stored<Option<SandboxCheckout>>;

    /// Writes a checkout back.
    ///
    /// # Errors
    /// `Stale` when it is gone.
    async fn save_checkout(&self, checkout: &SandboxCheckout) -> Stored<()>;

    /// The customer that a user of ours is, locked.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn lock_customer_of(&self, user: UserId) -> Stored<Option<SandboxCustomer>>;

    /// The customer with this id, locked.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn lock_customer(&self, id: &str) -> Stored<Option<SandboxCustomer>>;

    /// The customer to whom something happens first, no later than `until`, locked.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn lock_next_due(&self, until: Timestamp) -> Stored<Option<SandboxCustomer>>;

    /// Writes a customer, new or known, and when something happens to them next.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save_customer(&self, customer: &SandboxCustomer, due: Option<Timestamp>) -> Stored<()>;

    /// Remembers an event that is to be delivered.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn keep_event(&self, event: &SandboxEvent) -> Stored<()>;

    /// The event with this id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_event(&self, id: &str) -> Stored<Option<SandboxEvent>>;

    /// Winds the business clock to `offset` ahead of real time; a smaller offset changes nothing. Gives back the
    /// offset that now holds.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn wind_clock(&self, offset: Duration) -> Stored<Duration>;
}

/// Reading the sandbox, beside any writer.
#[async_trait]
pub trait SandboxQueries: Send + Sync {
    /// The checkout with this id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn checkout(&self, id: &str) -> Stored<Option<SandboxCheckout>>;

    /// The customer with this id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn customer(&self, id: &str) -> Stored<Option<SandboxCustomer>>;

    /// Up to `most` customers after the one with this id, in the order of their ids.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn customers(&self, after: Option<&str>, most: u64) -> Stored<Vec<SandboxCustomer>>;

    /// When something happens next to any customer.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn next_due(&self) -> Stored<Option<Timestamp>>;

    /// How far the business clock is ahead of real time.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn clock_offset(&self) -> Stored<Duration>;

    /// How many of the sandbox's events have not had their effect yet: not delivered, or delivered and not processed.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn unsettled(&self) -> Stored<u64>;
}

/// The way from the sandbox to our own webhook endpoint: real HTTP, signed.
#[async_trait]
pub trait WebhookDelivery: Send + Sync {
    /// Delivers an event once.
    ///
    /// # Errors
    /// [`GatewayError`] when the endpoint did not take it.
    async fn deliver(&self, event: &SandboxEvent) -> Result<(), GatewayError>;
}
