//! From the sandbox's events to observations.

use hos_domain::billing::{
    Change, CheckoutFacts, DisputeFacts, DisputeStatus, EndReason, Environment, Facts, InvoiceFacts, InvoiceLine,
    InvoiceStatus, Observation, Phase, Provider, RefundFacts, RefundStatus, StoredWebhook, SubscriptionFacts,
    Translated, TranslationError, WebhookTranslator,
};
use hos_domain::kernel::Money;
use hos_domain::sandbox::{SandboxCheckoutState, SandboxEnd, SandboxState};

use crate::wire::{Event, Invoice, Object, Subscription};

/// Reads the sandbox's events.
#[derive(Debug, Clone, Copy, Default)]
pub struct SandboxTranslator;

impl WebhookTranslator for SandboxTranslator {
    fn translate(&self, event: &StoredWebhook) -> Result<Translated, TranslationError> {
        let event: Event = serde_json::from_slice(&event.body).map_err(|error| TranslationError(error.to_string()))?;
        let kind = event.kind.clone();
        Ok(match observation(event) {
            Some(observation) => Translated::Observations(vec![observation]),
            None => Translated::Unknown(format!("the object of {kind}")),
        })
    }
}

/// What an event says, wherever it came from; `None` for an object of a later version.
pub(crate) fn observation(event: Event) -> Option<Observation> {
    let (object, refers_to, facts) = read(event.object)?;
    Some(Observation {
        provider: Provider::Sandbox,
        environment: Environment::Sandbox,
        account: String::new(),
        customer: Some(event.customer),
        object,
        refers_to,
        user: Some(event.user),
        as_of: event.created,
        change: if event.kind.ends_with(".created") { Change::Created } else { Change::Updated },
        facts,
    })
}

fn read(object: Object) -> Option<(String, Vec<String>, Facts)> {
    Some(match object {
        Object::Unknown => return None,
        Object::Checkout { id, subscription, state } => {
            let paid = state == SandboxCheckoutState::Paid;
            let refers_to = subscription.iter().cloned().collect();
            (id, refers_to, Facts::Checkout(CheckoutFacts { completed: paid, paid, subscription }))
        }
        Object::Subscription(subscription) => {
            (subscription.id.clone(), Vec::new(), Facts::Subscription(subscription_facts(subscription)))
        }
        Object::Invoice(invoice) => {
            let refers_to = vec![invoice.subscription.clone(), invoice.payment.clone()];
            (invoice.id.clone(), refers_to, Facts::Invoice(invoice_facts(invoice)))
        }
        Object::Refund { id, payment, amount, created_at, failed } => {
            let status = if failed { RefundStatus::Failed } else { RefundStatus::Succeeded };
            (id, vec![payment], Facts::Refund(RefundFacts { amount, status, created_at }))
        }
        Object::Dispute { id, payment, amount, won } => {
            let status = match won {
                None => DisputeStatus::Open,
                Some(true) => DisputeStatus::Won,
                Some(false) => DisputeStatus::Lost,
            };
            (id, vec![payment], Facts::Dispute(DisputeFacts { amount, status }))
        }
    })
}

/// The state table of docs/billing-states.md.
fn phase(state: SandboxState, end: Option<SandboxEnd>) -> Phase {
    match (state, end) {
        (SandboxState::Incomplete, _) => Phase::Pending,
        (SandboxState::Trialing, _) => Phase::Trialing,
        (SandboxState::Active, _) => Phase::Active,
        (SandboxState::PastDue, _) => Phase::Dunning,
        (SandboxState::Unpaid, _) => Phase::Unpaid,
        (SandboxState::Paused, _) => Phase::Paused,
        (SandboxState::Ended, Some(SandboxEnd::AtPeriodEnd)) => Phase::Ended(EndReason::AtPeriodEnd),
        (SandboxState::Ended, Some(SandboxEnd::Now) | None) => Phase::Ended(EndReason::Early),
        (SandboxState::Ended, Some(SandboxEnd::PaymentFailed)) => Phase::Ended(EndReason::PaymentFailed),
        (SandboxState::Ended, Some(SandboxEnd::NeverPaid)) => Phase::Ended(EndReason::NeverStarted),
    }
}

const fn word(state: SandboxState) -> &'static str {
    match state {
        SandboxState::Incomplete => "incomplete",
        SandboxState::Trialing => "trialing",
        SandboxState::Active => "active",
        SandboxState::PastDue => "past_due",
        SandboxState::Unpaid => "unpaid",
        SandboxState::Paused => "paused",
        SandboxState::Ended => "ended",
    }
}

fn subscription_facts(subscription: Subscription) -> SubscriptionFacts {
    SubscriptionFacts {
        phase: phase(subscription.state, subscription.end),
        provider_status: word(subscription.state).to_owned(),
        price: Some(subscription.price),
        quantity: 1,
        period: Some(subscription.period),
        started_at: subscription.started_at,
        trial_end: subscription.trial_end,
        cancel_at: subscription.cancel_at_period_end.then_some(subscription.period.end),
        ended_at: subscription.ended_at,
        grace_until: None,
        paid_count: 0,
    }
}

fn invoice_facts(invoice: Invoice) -> InvoiceFacts {
    let nothing = Money::new(0, invoice.amount.currency);
    InvoiceFacts {
        subscription: Some(invoice.subscription),
        status: if invoice.paid { InvoiceStatus::Paid } else { InvoiceStatus::Open },
        total: invoice.amount,
        paid: if invoice.paid { invoice.amount } else { nothing },
        lines: vec![InvoiceLine { period: invoice.period, proration: invoice.proration }],
        attempt_failed: !invoice.paid && invoice.failures > 0,
    }
}
