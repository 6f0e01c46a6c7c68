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

/// A subscription has many payments, so it connects none of them; neither does a checkout, a customer or a decision of
/// ours about the subscription.
fn payment_links(observation: &Observation) -> impl Iterator<Item = &str> {
    let subscription = match &observation.facts {
        Facts::Invoice(facts) => facts.subscription.as_deref(),
        _ => None,
    };
    let ties = !matches!(observation.facts, Facts::Checkout(_) | Facts::Subscription(_) | Facts::CancelIntent(_));
    let others = observation.refers_to.iter().map(String::as_str);
    others.filter(move |other| ties && Some(*other) != subscription)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::super::tests::{invoice, paid, refund, seen_of, subscription};
    use super::super::{CancelIntentFacts, CheckoutFacts, InvoiceFacts, InvoiceStatus, Phase, RefundStatus};
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
    fn of_no_subscription() -> Facts {
        Facts::Invoice(InvoiceFacts { subscription: None, ..invoice(InvoiceStatus::Paid, 0..30) })
    }

    /// Of what one customer buys, only what belongs to one payment is tied: two subscriptions, or two renewals of one,
    /// have nothing to do with each other.
    #[rstest]
    #[case::an_invoice_and_its_payment("pi_1", paid(0..30), true)]
    #[case::a_refund_and_its_payment("pi_1", refund(9, RefundStatus::Succeeded, 0), true)]
    #[case::an_invoice_and_its_subscription("sub_1", paid(0..30), false)]
    #[case::a_subscription("cus_1", Facts::Subscription(subscription(Phase::Active)), false)]
    #[case::a_checkout("sub_1", Facts::Checkout(CheckoutFacts { completed: true, paid: true, subscription: None }), false)]
    #[case::a_decision_of_ours("sub_1", Facts::CancelIntent(CancelIntentFacts { subscription: "sub_1".into(), ends_at: None }), false)]
    #[case::an_invoice_of_no_subscription("sub_1", of_no_subscription(), true)]
    fn only_parts_of_a_payment_are_tied(#[case] other: &str, #[case] facts: Facts, #[case] tied: bool) {
        let observation = seen_of(other, "object", 0, facts);
        assert_eq!(Links::between([&observation].into_iter()).connected("object", other), tied);
    }

    proptest! {
        #[test]
        fn the_order_in_which_links_become_known_does_not_matter(
            pairs in prop::collection::vec((0..8_usize, 0..8_usize), 0..12),
        ) {
            const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let linked = |pairs: &mut dyn Iterator<Item = &(usize, usize)>| {
                let mut links = Links(BTreeMap::new());
                pairs.for_each(|(a, b)| links.connect(NAMES[*a], NAMES[*b]));
                links
            };
            let (there, back) = (linked(&mut pairs.iter()), linked(&mut pairs.iter().rev()));
            for (a, b) in NAMES.iter().flat_map(|a| NAMES.iter().map(move |b| (a, b))) {
                prop_assert_eq!(there.connected(a, b), back.connected(b, a));
            }
        }
    }
}
