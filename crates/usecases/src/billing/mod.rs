//! Billing's verbs.

mod derive_anew;
mod explain_entitlement;
mod give_refund;
mod issue_offline_token;
mod jobs;
mod process_webhook;
mod receive_webhook;
mod record_observations;
mod refund_error;
mod require_entitlement;
mod show_books;
mod show_standing;
mod steering;
mod stop_renewal;
mod subscribe;
mod tell_member;
mod visit_provider;

pub use derive_anew::DeriveAnew;
pub use explain_entitlement::{ExplainEntitlement, ExplainEntitlementError, Explanation, Observed, Reason};
pub use give_refund::{GiveRefund, GivenRefund, RefundWish, RefundedBy};
pub use issue_offline_token::{IssueOfflineToken, OfflineToken, OfflineTokenError};
pub use jobs::{DeriveAnewJob, ProcessWebhookJob, TellMemberJob};
pub use process_webhook::ProcessWebhook;
pub use receive_webhook::{ReceiveWebhook, ReceiveWebhookError};
pub use record_observations::RecordObservations;
pub use refund_error::RefundError;
pub use require_entitlement::{RequireEntitlement, RequireEntitlementError};
pub use show_books::ShowBooks;
pub use show_standing::{MemberStanding, ShowStanding};
pub use steering::{
    CancelSubscription, ChangePlan, NewPlan, PauseSubscription, ResumeSubscription, Steer, SteerError, Steered,
};
pub use stop_renewal::{StopRenewal, StopRenewalJob};
pub use subscribe::{Subscribe, SubscribeError, Subscribed, SubscriptionOrder};
pub use tell_member::TellMember;
pub use visit_provider::{InvoiceCursor, VisitProvider, VisitProviderError};

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::billing::{PaymentProvider, Provider};

/// The payment providers that are set up.
#[derive(Clone, Default)]
pub struct Providers(Arc<BTreeMap<Provider, PaymentProvider>>);

impl Providers {
    /// These.
    #[must_use]
    pub fn new(providers: impl IntoIterator<Item = PaymentProvider>) -> Self {
        Self(Arc::new(providers.into_iter().map(|provider| (provider.provider, provider)).collect()))
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, provider: Provider) -> Option<&PaymentProvider> {
        self.0.get(&provider)
    }
}
