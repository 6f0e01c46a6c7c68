//! Billing: one truth about what a user may do. What providers tell us is a set of immutable observations; the state is
//! a pure function of that set, the catalogue and the clock, so order and duplication of events are harmless.

mod access;
mod catalog;
mod catalog_file;
mod checkout;
mod derive;
mod entitlement;
mod facts;
mod gateways;
mod journal;
mod links;
mod notice;
mod observation;
mod observation_set;
mod payment;
mod payout_gateway;
mod ports;
mod provider;
mod region;
mod requests;
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
    CancelIntentFacts, ChargeFacts, CheckoutFacts, DisputeFacts, DisputeStatus, EndReason, Facts, InvoiceFacts,
    InvoiceLine, InvoiceStatus, Period, Phase, RefundFacts, RefundStatus, SubscriptionFacts,
};
pub use gateways::{
    CancelAt, ChangePreviewGateway, CustomerGateway, Gateways, InvoiceGateway, Observed, PortalGateway, RefundGateway,
    Resumption, SubscriptionGateway, UsageGateway,
};
pub use journal::{
    Account, AccountBalance, BookedEntry, JournalEntry, JournalQueries, JournalRepository, Posting, TrialBalance,
    Written, to_write,
};
pub use notice::{Notice, NoticeKind, notices};
pub use observation::{Change, Digest, Observation, Source};
pub use observation_set::{ObservationSet, Received};
pub use payment::{Payment, RefundPolicy, RefundShare, payments};
pub use payout_gateway::{
    HeldPayment, Hold, HoldStatus, NewPayee, OnboardingLink, Payee, Payout, PayoutGateway, PayoutStatus, Share,
};
pub use ports::{
    BillingQueries, CheckoutGateway, CheckoutRepository, EntitlementTokens, PaymentProvider, SubjectRepository, Unit,
    WebhookEventRepository, WebhookTranslator, WebhookVerifier,
};
pub use provider::{Environment, Provider};
pub use region::{RegionRouting, UnsupportedRegion};
pub use requests::{
    ChangePreview, InvoicePage, MeterReading, NewCustomer, PlanChange, PortalVisit, ProviderInvoice, ProviderPage,
    RefundOrder, RefundReason,
};
pub use subject::{Subject, SubjectId, SubjectKey};
pub use subscription::{Status, Subscription};
pub use timeline::{TimelineEntry, TimelineKind};
pub use webhook::{
    IncomingWebhook, StoredWebhook, Translated, TranslationError, VerifiedWebhook, WebhookEventId, WebhookOutcome,
    WebhookRefusal,
};

#[cfg(test)]
mod tests {
    //! What the tests of billing are told about: one customer and the subscription `sub_1`.

    use std::ops::Range;
    use std::time::Duration;

    use super::*;
    use crate::kernel::{Currency, Money, Timestamp};

    /// One plan at 9.99 USD with the entitlements `premium` and `voice`.
    pub(super) const CATALOG: &str = r#"
        currencies = { default = "USD" }
        policy = { renewal_slack_hours = 24, dunning_days = 7, on_dispute = "keep" }
        [[plans]]
        id = "premium"
        name = "Premium"
        description = "All of it."
        entitlements = ["premium", "voice"]
        prices = [{ id = "monthly", interval = "month", currency = "USD", amount_minor = 999, stripe_price = "price_1" }]
    "#;

    /// The start of a day of the story.
    pub(super) fn at(day: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(day * 24 * 60 * 60)
    }

    pub(super) fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::parse("USD").unwrap())
    }

    /// A subscription in a phase, with nothing scheduled.
    pub(super) fn subscription(phase: Phase) -> SubscriptionFacts {
        SubscriptionFacts {
            phase,
            provider_status: "word".into(),
            price: Some("price_1".into()),
            quantity: 1,
            period: None,
            started_at: at(0),
            trial_end: None,
            cancel_at: None,
            ended_at: None,
            grace_until: None,
            paid_count: 0,
        }
    }

    /// An invoice over 9.99 USD for some days of `sub_1`.
    pub(super) fn invoice(status: InvoiceStatus, days: Range<u64>) -> InvoiceFacts {
        let period = Period { start: at(days.start), end: at(days.end) };
        InvoiceFacts {
            subscription: Some("sub_1".into()),
            status,
            total: usd(999),
            paid: usd(if status == InvoiceStatus::Paid { 999 } else { 0 }),
            lines: vec![InvoiceLine { period, proration: false }],
            attempt_failed: false,
        }
    }

    pub(super) fn paid(days: Range<u64>) -> Facts {
        Facts::Invoice(invoice(InvoiceStatus::Paid, days))
    }

    pub(super) fn refund(minor: i64, status: RefundStatus, day: u64) -> Facts {
        Facts::Refund(RefundFacts { amount: usd(minor), status, created_at: at(day) })
    }

    pub(super) fn dispute(status: DisputeStatus) -> Facts {
        Facts::Dispute(DisputeFacts { amount: usd(999), status })
    }

    /// A snapshot as of the start of a day.
    pub(super) fn seen(object: &str, day: u64, facts: Facts) -> Observation {
        Observation {
            provider: Provider::Stripe,
            environment: Environment::Production,
            account: String::new(),
            customer: Some("cus_1".into()),
            object: object.into(),
            refers_to: Vec::new(),
            user: None,
            as_of: at(day),
            change: Change::Updated,
            facts,
        }
    }

    /// The same, of an object that belongs together with another.
    pub(super) fn seen_of(other: &str, object: &str, day: u64, facts: Facts) -> Observation {
        Observation { refers_to: vec![other.into()], ..seen(object, day, facts) }
    }

    /// Received as a webhook at the very instant it is about.
    pub(super) fn received(observation: Observation) -> Received {
        Received { source: Source::Webhook, received_at: observation.as_of, observation }
    }

    pub(super) fn set(observations: impl IntoIterator<Item = Observation>) -> ObservationSet {
        observations.into_iter().map(received).collect()
    }
}
