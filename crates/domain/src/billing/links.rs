//! Which objects belong to one payment. Providers tie an invoice, its payment, the charge, refunds and disputes together
//! link by link, in several events; what is connected belongs together, however many links away.

use std::collections::BTreeMap;

use super::{Facts, Observation};

/// Groups of connected objects.
pub(super) struct Links<'a>(BTreeMap<&'a str, usize>);

impl<'a> Links<'a> {
    /// Connects what the observations connect.
    pub(super) fn between(observations: impl Iterator<Item = &'a Observation>) -> Self {
        let mut links = Self(BTreeMap::new());
        for observation in observations {
            for other in payment_links(observation) {
                links.connect(&observation.object, other);
            }
        }
        links
    }

    /// Whether two objects belong to one payment.
    pub(super) fn connected(&self, a: &str, b: &str) -> bool {
        a == b || self.0.get(a).is_some_and(|group| self.0.get(b) == Some(group))
    }

    fn connect(&mut self, a: &'a str, b: &'a str) {
        let fresh = self.0.values().max().map_or(0, |most| most + 1);
        let of_a = *self.0.entry(a).or_insert(fresh);
        let of_b = *self.0.entry(b).or_insert(of_a);
        for group in self.0.values_mut().filter(|group| **group == of_b) {
            *group = of_a;
        }
    }
}

/// A subscription has many payments, so it connects none of them; neither does a checkout or a customer.
fn payment_links(observation: &Observation) -> impl Iterator<Item = &str> {
    let subscription = match &observation.facts {
        Facts::Invoice(facts) => facts.subscription.as_deref(),
        _ => None,
    };
    let ties = !matches!(observation.facts, Facts::Checkout(_) | Facts::Subscription(_));
    let others = observation.refers_to.iter().map(String::as_str);
    others.filter(move |other| ties && Some(*other) != subscription)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_however_many_there_are() {
        let mut links = Links(BTreeMap::new());
        links.connect("in_1", "pi_1");
        links.connect("dp_1", "ch_1");
        assert!(!links.connected("in_1", "dp_1"));
        links.connect("ch_1", "pi_1");
        assert!(links.connected("in_1", "dp_1") && links.connected("re_9", "re_9"));
        assert!(!links.connected("in_1", "in_2"));
    }
}
