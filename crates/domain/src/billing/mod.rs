//! Billing: one truth about what a user may do. What providers tell us is a set of immutable observations; the state is
//! a pure function of that set, the catalogue and the clock, so order and duplication of events are harmless.

mod access;
mod catalog;
mod catalog_file;
mod checkout;
mod derive;
mod entitlement;
mod facts;
mod links;
mod notice;
mod observation;
mod observation_set;
mod ports;
mod provider;
mod region;
mod subject;
mod subscription;
mod timeline;
mod webhook;

pub use access::{Access, AccessPolicy, AccessRule, OnDispute};
pub use catalog::{Catalog, EntitlementId, Interval, LimitId, Plan, PlanId, Price, PriceId};
pub use catalog_file::{CatalogProblem, CatalogProblems};
pub use checkout::{Checkout, CheckoutId, CheckoutRequest, OpenedCheckout};
pub use derive::{Standing, derive};
pub use entitlement::{EntitlementSpan, HeldEntitlement, Holdings, held};
pub use facts::{
    ChargeFacts, CheckoutFacts, DisputeFacts, DisputeStatus, EndReason, Facts, InvoiceFacts, InvoiceLine,
    InvoiceStatus, Period, Phase, RefundFacts, RefundStatus, SubscriptionFacts,
};
pub use notice::{Notice, NoticeKind, notices};
pub use observation::{Change, Digest, Observation, Source};
pub use observation_set::{ObservationSet, Received};
pub use ports::{
    BillingQueries, CheckoutGateway, CheckoutRepository, EntitlementTokens, PaymentProvider, SubjectRepository, Unit,
    WebhookEventRepository, WebhookTranslator, WebhookVerifier,
};
pub use provider::{Environment, Provider};
pub use region::{RegionRouting, UnsupportedRegion};
pub use subject::{Subject, SubjectId, SubjectKey};
pub use subscription::{Status, Subscription};
pub use timeline::{TimelineEntry, TimelineKind};
pub use webhook::{
    IncomingWebhook, StoredWebhook, Translated, TranslationError, VerifiedWebhook, WebhookEventId, WebhookOutcome,
    WebhookRefusal,
};
