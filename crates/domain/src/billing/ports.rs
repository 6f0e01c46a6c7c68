//! What billing needs from the outside: places for subjects, observations and events; gateways; verifiers; a signer.

use async_trait::async_trait;

use super::{
    Checkout, CheckoutId, CheckoutRequest, EntitlementId, EntitlementSpan, Gateways, Holdings, IncomingWebhook,
    JournalRepository, Notice, ObservationSet, OpenedCheckout, Provider, Received, Standing, StoredWebhook, Subject,
    SubjectId, SubjectKey, Subscription, Translated, TranslationError, VerifiedWebhook, WebhookEventId, WebhookOutcome,
    WebhookRefusal,
};
use crate::identity::UserId;
use crate::kernel::{GatewayError, Stored, Timestamp};
use crate::platform::Effects;

/// Billing's unit.
pub trait Unit: Effects {
    /// The provider inbox.
    fn webhooks(&self) -> &dyn WebhookEventRepository;

    /// Customers and what was observed about them.
    fn subjects(&self) -> &dyn SubjectRepository;

    /// Users on the way to pay.
    fn checkouts(&self) -> &dyn CheckoutRepository;

    /// The books.
    fn journal(&self) -> &dyn JournalRepository;
}

/// The provider inbox inside a unit of work.
#[async_trait]
pub trait WebhookEventRepository: Send + Sync {
    /// Stores an event. Tells whether it is new: an event is one per provider, account and event id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, event: &StoredWebhook) -> Stored<bool>;

    /// The stored event with its body opened.
    ///
    /// # Errors
    /// Whatever the database says; `Corrupt` when the body can't be opened.
    async fn find(&self, id: WebhookEventId) -> Stored<Option<StoredWebhook>>;

    /// Notes what became of an event.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn settle(&self, id: WebhookEventId, outcome: &WebhookOutcome, now: Timestamp) -> Stored<()>;
}

/// Customers and what was observed about them, inside a unit of work.
#[async_trait]
pub trait SubjectRepository: Send + Sync {
    /// Finds or makes the subject that all of `objects` belong to, and locks it. `key` names the customer when the
    /// observation does; else the subject is found by the objects alone, or made without a customer. Subjects without a
    /// customer that turn out to be this one are merged into it.
    ///
    /// # Errors
    /// `Contended` when the subject was merged into another while this unit waited for it.
    async fn lock(&self, key: &SubjectKey, objects: &[&str], fresh: SubjectId, now: Timestamp) -> Stored<Subject>;

    /// Everything observed about a subject.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn observations(&self, subject: SubjectId) -> Stored<ObservationSet>;

    /// Up to `most` subjects whose standing was derived by other rules than these, locked.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn outdated(&self, rules: &str, most: u64) -> Stored<Vec<Subject>>;

    /// Adds an observation. Tells whether it said anything new.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn observe(&self, subject: SubjectId, received: &Received) -> Stored<bool>;

    /// Writes the derived standing in place of the earlier one. Tells whose it is: the user it names, or the account that
    /// this user's was merged into.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn save_standing(&self, subject: SubjectId, standing: &Standing, now: Timestamp) -> Stored<Option<UserId>>;

    /// Takes note of a notice. Tells whether this is the first time.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn note(&self, subject: SubjectId, notice: &Notice, now: Timestamp) -> Stored<bool>;
}

/// Users on the way to pay, inside a unit of work.
#[async_trait]
pub trait CheckoutRepository: Send + Sync {
    /// Adds a checkout.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, checkout: &Checkout) -> Stored<()>;

    /// Notes what the provider answered.
    ///
    /// # Errors
    /// `Stale` when there is no such checkout.
    async fn opened(&self, checkout: CheckoutId, opened: &OpenedCheckout) -> Stored<()>;
}

/// Reading billing, beside any writer.
#[async_trait]
pub trait BillingQueries: Send + Sync {
    /// A user's subscriptions, as last derived, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn subscriptions(&self, user: UserId) -> Stored<Vec<Subscription>>;

    /// A user's subscriptions and what they give, from one instant.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn holdings(&self, user: UserId) -> Stored<Holdings>;

    /// The customers that a user is, the first to be known first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn subjects(&self, user: UserId) -> Stored<Vec<Subject>>;

    /// The spans of one entitlement, for the check on every request that needs it.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn entitlement(&self, user: UserId, entitlement: &EntitlementId) -> Stored<Vec<EntitlementSpan>>;

    /// Everything observed about a user, customer by customer.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn observations(&self, user: UserId) -> Stored<Vec<(Subject, ObservationSet)>>;
}

/// Opens pages on which users pay.
#[async_trait]
pub trait CheckoutGateway: Send + Sync {
    /// Opens a checkout. The same idempotency key gives the same checkout.
    ///
    /// # Errors
    /// [`GatewayError`]; `NotFound` when there is no such promotion code; after `Timeout` and `Unavailable` the same request may be repeated with the same key.
    async fn open(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError>;
}

/// Believes webhooks or not. Pure but for the clock it is given.
pub trait WebhookVerifier: Send + Sync {
    /// Checks the signature over the exact bytes, with every secret that still counts, in constant time.
    ///
    /// # Errors
    /// [`WebhookRefusal`]
    fn verify(&self, webhook: &IncomingWebhook, now: Timestamp) -> Result<VerifiedWebhook, WebhookRefusal>;
}

/// Reads a believed event. Pure.
pub trait WebhookTranslator: Send + Sync {
    /// What the event says, in our words. Never fails for a type or a value it does not know.
    ///
    /// # Errors
    /// [`TranslationError`] when an event of a known type lacks what it must have.
    fn translate(&self, event: &StoredWebhook) -> Result<Translated, TranslationError>;
}

/// Signs what an app may believe while it is offline.
pub trait EntitlementTokens: Send + Sync {
    /// A token that says which entitlements `user` has until `expires_at`.
    fn issue(&self, user: UserId, entitlements: &[EntitlementId], now: Timestamp, expires_at: Timestamp) -> String;
}

/// A provider: how it is asked, and how it is heard.
#[derive(Clone)]
pub struct PaymentProvider {
    /// Which.
    pub provider: Provider,
    /// What can be asked of it.
    pub gateways: Gateways,
    /// Believes its webhooks or not.
    pub verifier: std::sync::Arc<dyn WebhookVerifier>,
    /// Reads them.
    pub translator: std::sync::Arc<dyn WebhookTranslator>,
}
