//! The simulator as the product asks for it: what happens comes out as events of the sandbox.

use std::time::Duration;

use hos_domain::billing::ChangePreview;
use hos_domain::identity::UserId;
use hos_domain::kernel::Timestamp;
use hos_domain::sandbox::{
    Card, CheckoutOutcome, SandboxCheckout, SandboxCustomer, SandboxDeed, SandboxEvent, SandboxPrice, SandboxRefusal,
    Simulator,
};

use crate::requests;
use crate::simulator::{Happening, LifeSimulator};
use crate::wire::event_of;

impl Simulator for LifeSimulator {
    fn customer(&self, id: String, user: UserId, at: Timestamp) -> SandboxCustomer {
        SandboxCustomer {
            id,
            user,
            card: Card::Pays,
            subscriptions: Vec::new(),
            next_number: 1,
            last_change_at: at.truncated_to_seconds() - Duration::from_secs(1),
        }
    }

    fn decide(
        &self,
        customer: &mut SandboxCustomer,
        checkout: &mut SandboxCheckout,
        outcome: CheckoutOutcome,
        at: Timestamp,
    ) -> Vec<SandboxEvent> {
        let happenings = self.check_out(customer, checkout, outcome, at);
        events(customer, &happenings)
    }

    fn perform(
        &self,
        customer: &mut SandboxCustomer,
        deed: &SandboxDeed,
        price: Option<&SandboxPrice>,
        key: &str,
        at: Timestamp,
    ) -> Result<Vec<SandboxEvent>, SandboxRefusal> {
        let happenings = requests::perform(*self, customer, deed, price, key, at)?;
        Ok(events(customer, &happenings))
    }

    fn look(&self, customer: &SandboxCustomer, object: &str) -> Option<Vec<SandboxEvent>> {
        requests::look(customer, object).map(|happenings| events(customer, &happenings))
    }

    fn preview(
        &self,
        customer: &SandboxCustomer,
        subscription: &str,
        price: &SandboxPrice,
        at: Timestamp,
    ) -> Option<ChangePreview> {
        requests::preview(customer, subscription, price, at)
    }

    fn due(&self, customer: &SandboxCustomer) -> Option<Timestamp> {
        Self::due(customer)
    }

    fn live_until(&self, customer: &mut SandboxCustomer, at: Timestamp) -> Vec<SandboxEvent> {
        let happenings = self.live(customer, at);
        events(customer, &happenings)
    }
}

fn events(customer: &SandboxCustomer, happenings: &[Happening]) -> Vec<SandboxEvent> {
    happenings.iter().enumerate().map(|(index, happening)| event_of(customer, happening, index)).collect()
}
