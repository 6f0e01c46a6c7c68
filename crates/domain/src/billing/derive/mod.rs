//! From observations to the state: one pure function. Whatever order the observations came in, the same set gives the
//! same standing, and the standing answers for every instant.

mod correction;

use std::collections::{BTreeMap, BTreeSet};

use correction::{Correction, fate};

use super::access::{CurrentPayment, Situation, access};
use super::links::Links;
use super::{
    Catalog, Digest, EntitlementSpan, Environment, Facts, InvoiceFacts, InvoiceStatus, Observation, ObservationSet,
    Phase, Subscription, SubscriptionFacts,
};
use crate::identity::UserId;
use crate::kernel::Timestamp;

/// Where a customer stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whose customer this is, if an observation has named the user. The first to be named stays.
    pub user: Option<UserId>,
    /// Every subscription, by its provider's id.
    pub subscriptions: Vec<Subscription>,
    /// What they give.
    pub entitlements: Vec<EntitlementSpan>,
    /// By which rules: [`Catalog::rules`].
    pub rules: String,
    /// Objects whose state is a guess until the provider is asked: snapshots that its own times don't order, and refunds
    /// and disputes whose invoice is not known.
    pub ambiguous: BTreeSet<String>,
    /// Prices of the provider that the catalogue does not know.
    pub unknown_prices: BTreeSet<String>,
    /// Which observations each subscription's state follows from.
    pub evidence: BTreeMap<String, Vec<Digest>>,
}

/// Derives the standing from everything that was observed.
#[must_use]
pub fn derive(set: &ObservationSet, catalog: &Catalog) -> Standing {
    let registers = Registers::of(set);
    let (user, ambiguous, rules) = (first_named(set), registers.ambiguous(), catalog.rules());
    let mut standing = Standing { user, ambiguous, rules, ..Standing::default() };
    for (id, (observation, facts)) in &registers.subscriptions {
        let payments = registers.payments_of(id);
        let intent = registers.intents.get(id).copied();
        let subscription = subscription(observation, facts, &payments, intent.map(|(_, ends_at)| ends_at), catalog);
        let plan = subscription.plan.as_ref().and_then(|plan| catalog.plan(plan));
        match plan {
            Some(plan) => standing.entitlements.extend(EntitlementSpan::of(&subscription, &plan.entitlements)),
            None => standing.unknown_prices.extend(facts.price.clone()),
        }
        let proofs = payments.iter().flat_map(|payment| payment.proofs.iter().copied());
        let proofs = proofs.chain(intent.map(|(observation, _)| observation.digest()));
        standing.evidence.insert((*id).to_owned(), std::iter::once(observation.digest()).chain(proofs).collect());
        standing.subscriptions.push(subscription);
    }
    standing
}

/// Of several users named, the one named first by the provider's clock.
fn first_named(set: &ObservationSet) -> Option<UserId> {
    let naming = set.iter().filter_map(|received| {
        let observation = &received.observation;
        observation.user.map(|user| (observation.as_of, observation.digest(), user))
    });
    naming.min().map(|(_, _, user)| user)
}

/// The snapshot of each object that counts, sorted by what it is.
struct Registers<'a> {
    subscriptions: BTreeMap<&'a str, (&'a Observation, &'a SubscriptionFacts)>,
    invoices: BTreeMap<&'a str, (&'a Observation, &'a InvoiceFacts)>,
    corrections: Vec<Correction<'a>>,
    intents: BTreeMap<&'a str, (&'a Observation, Timestamp)>,
    links: Links<'a>,
    tied: BTreeSet<String>,
}

/// A paid invoice and how its money fares.
struct Payment<'a> {
    covers_until: Timestamp,
    current: CurrentPayment,
    proofs: Vec<Digest>,
    observation: &'a Observation,
}

impl<'a> Registers<'a> {
    fn of(set: &'a ObservationSet) -> Self {
        let links = Links::between(set.iter().map(|received| &received.observation));
        let (subscriptions, invoices) = (BTreeMap::new(), BTreeMap::new());
        let (intents, tied) = (BTreeMap::new(), BTreeSet::new());
        let mut registers = Self { subscriptions, invoices, corrections: Vec::new(), intents, links, tied };
        for (object, history) in set.histories() {
            let mut latest = history.iter().rev().map(|received| &received.observation);
            let Some(observation) = latest.next() else { continue };
            if latest.any(|other| observation.is_tied_with(other)) {
                registers.tied.insert(object.to_owned());
            }
            match &observation.facts {
                Facts::Subscription(facts) => drop(registers.subscriptions.insert(object, (observation, facts))),
                Facts::Invoice(facts) => drop(registers.invoices.insert(object, (observation, facts))),
                Facts::Charge(_) | Facts::Refund(_) | Facts::Dispute(_) => {
                    registers.corrections.push(Correction::of(observation, &history));
                }
                Facts::CancelIntent(facts) => {
                    let ends_at = facts.ends_at.map(|ends_at| (observation, ends_at));
                    registers.intents.extend(ends_at.map(|intent| (facts.subscription.as_str(), intent)));
                }
                Facts::Checkout(_) | Facts::Link => {}
            }
        }
        registers
    }

    fn ambiguous(&self) -> BTreeSet<String> {
        let homes: Vec<_> = self.invoices.keys().copied().chain(self.without_invoice()).collect();
        let homeless = self.corrections.iter().filter(|correction| {
            let corrects = !matches!(correction.latest.facts, Facts::Charge(_));
            corrects && !homes.iter().any(|home| self.links.connected(home, &correction.latest.object))
        });
        homeless.map(|correction| correction.latest.object.clone()).chain(self.tied.iter().cloned()).collect()
    }

    /// Charges of which it is known that no invoice stands behind them.
    fn without_invoice(&self) -> impl Iterator<Item = &str> {
        self.corrections.iter().filter_map(|correction| match &correction.latest.facts {
            Facts::Charge(facts) if facts.pays_no_invoice => Some(correction.latest.object.as_str()),
            _ => None,
        })
    }

    /// The paid invoices of a subscription, the one that covers the latest time last.
    fn payments_of(&self, subscription: &str) -> Vec<Payment<'a>> {
        let of_it = self.invoices.values().filter(|(_, facts)| facts.subscription.as_deref() == Some(subscription));
        let paid = of_it.filter(|(_, facts)| facts.status == InvoiceStatus::Paid);
        let mut payments: Vec<_> = paid.filter_map(|(observation, facts)| self.payment(observation, facts)).collect();
        payments.sort_by_key(|payment| (payment.covers_until, payment.observation.object.as_str()));
        payments
    }

    fn payment(&self, observation: &'a Observation, facts: &InvoiceFacts) -> Option<Payment<'a>> {
        let covers_until = facts.covers_until()?;
        let of_it = |correction: &Correction<'_>| self.links.connected(&observation.object, &correction.latest.object);
        let corrections: Vec<Correction<'_>> = self.corrections.iter().copied().filter(of_it).collect();
        let proofs = std::iter::once(observation).chain(corrections.iter().map(|correction| correction.latest));
        let proofs = proofs.map(Observation::digest).collect();
        Some(Payment { covers_until, current: fate(facts, covers_until, &corrections), proofs, observation })
    }
}

/// One subscription from its latest snapshot and its payments.
fn subscription(
    observation: &Observation,
    facts: &SubscriptionFacts,
    payments: &[Payment<'_>],
    intent: Option<Timestamp>,
    catalog: &Catalog,
) -> Subscription {
    let policy = catalog.policy();
    let paid_through = payments.iter().filter(|payment| !payment.current.is_gone()).map(|payment| payment.covers_until);
    let paid_through = paid_through.chain(facts.trial_end).max().filter(|_| facts.phase != Phase::Pending);
    let current_payment = payments.last().map_or(CurrentPayment::Kept, |payment| payment.current);
    let runs = matches!(facts.phase, Phase::Trialing | Phase::Active | Phase::Dunning);
    // Time that is paid beyond our decision shows that the provider went on regardless.
    let intent = intent.filter(|ends_at| runs && paid_through.is_none_or(|paid| paid <= *ends_at));
    let cancel_at = facts.cancel_at.or(intent);
    let will_renew = runs && cancel_at.is_none();
    let grants = observation.environment == Environment::Production || policy.sandbox_grants;
    let grace_until = match facts.phase {
        Phase::Dunning => facts.grace_until.or_else(|| paid_through.map(|end| end + policy.dunning)),
        _ => None,
    };
    let situation = Situation { phase: facts.phase, will_renew, paid_through, grace_until, current_payment, grants };
    let known = facts.price.as_deref().and_then(|price| catalog.price_of(observation.provider, price));
    Subscription {
        provider: observation.provider,
        environment: observation.environment,
        provider_subscription_id: observation.object.clone(),
        provider_status: facts.provider_status.clone(),
        plan: known.map(|(plan, _)| plan.id.clone()),
        price: known.map(|(_, price)| price.id.clone()),
        phase: facts.phase,
        revoked: current_payment.is_gone(),
        will_renew,
        paid_through,
        grace_until,
        period: facts.period,
        started_at: facts.started_at,
        trial_end: facts.trial_end,
        cancel_at,
        ended_at: facts.ended_at,
        access: access(&situation, policy),
    }
}

#[cfg(test)]
mod tests;
