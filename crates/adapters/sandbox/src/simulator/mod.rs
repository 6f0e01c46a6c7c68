//! The lives of pretended customers. Pure: no clock, no randomness, no storage. Times are whole seconds, as providers
//! write them, and no two deeds of a customer share one.

mod deeds;
mod happening;
mod life;
mod proration;

use std::time::Duration;

use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{CheckoutOutcome, SandboxCheckout, SandboxCheckoutState, SandboxCustomer};

pub use deeds::{Deed, Order, PriceChange};
pub use happening::{Happening, Snapshot};
pub(crate) use proration::{Difference, difference};

/// Plays the lives.
#[derive(Debug, Clone, Copy, Default)]
pub struct LifeSimulator {
    /// Whether a subscription whose payments fail for good is left unpaid instead of ended; providers let one choose.
    pub leaves_unpaid: bool,
}

impl LifeSimulator {
    /// Lets a customer do something, no earlier than a second after the last thing that happened to them.
    pub fn act(&self, customer: &mut SandboxCustomer, deed: &Deed, at: Timestamp) -> Vec<Happening> {
        let at = next_second(customer, at);
        let mut happenings = self.live(customer, at);
        let at = next_second(customer, at);
        let new = deeds::act(customer, deed, at);
        if !new.is_empty() {
            customer.last_change_at = at;
        }
        happenings.extend(new);
        happenings
    }

    /// When something happens next by itself.
    pub fn due(customer: &SandboxCustomer) -> Option<Timestamp> {
        life::due(customer)
    }

    /// Lets time pass up to and including `until`.
    pub fn live(&self, customer: &mut SandboxCustomer, until: Timestamp) -> Vec<Happening> {
        let mut happenings = Vec::new();
        while let Some(due) = life::due(customer).filter(|due| *due <= until) {
            let at = next_second(customer, due);
            happenings.extend(life::happen(customer, at, self.leaves_unpaid));
            customer.last_change_at = at;
        }
        happenings
    }

    /// Lets a payer do something on the checkout page.
    pub fn check_out(
        &self,
        customer: &mut SandboxCustomer,
        checkout: &mut SandboxCheckout,
        outcome: CheckoutOutcome,
        at: Timestamp,
    ) -> Vec<Happening> {
        if !checkout.is_undecided() {
            return Vec::new();
        }
        let order = || Order {
            price: checkout.price.clone(),
            amount: checkout.amount,
            interval: checkout.interval,
            trial_days: checkout.trial_days,
        };
        match (checkout.state, outcome) {
            (_, CheckoutOutcome::Abandon) => {
                checkout.state = SandboxCheckoutState::Abandoned;
                let deed = checkout.subscription.clone().map(Deed::CancelNow);
                deed.map(|deed| self.act(customer, &deed, at)).unwrap_or_default()
            }
            (_, CheckoutOutcome::Decline) => Vec::new(),
            (SandboxCheckoutState::Challenged, CheckoutOutcome::Challenge) => Vec::new(),
            (_, CheckoutOutcome::Challenge) => {
                let happenings = self.act(customer, &Deed::Order(order()), at);
                checkout.state = SandboxCheckoutState::Challenged;
                checkout.subscription = customer.subscriptions.last().map(|subscription| subscription.id.clone());
                happenings
            }
            (_, CheckoutOutcome::Pay) => {
                let mut happenings = Vec::new();
                if checkout.subscription.is_none() {
                    happenings.extend(self.act(customer, &Deed::Order(order()), at));
                    checkout.subscription = customer.subscriptions.last().map(|subscription| subscription.id.clone());
                }
                checkout.state = SandboxCheckoutState::Paid;
                let paid = Deed::PayFirst(checkout.subscription.clone().unwrap_or_default());
                happenings.extend(self.act(customer, &paid, at));
                happenings.push(Happening::checkout(customer, checkout));
                happenings
            }
        }
    }
}

/// The earliest second at which something may happen next.
fn next_second(customer: &SandboxCustomer, at: Timestamp) -> Timestamp {
    at.truncated_to_seconds().max(customer.last_change_at + Duration::from_secs(1))
}
