//! The laws.

use hos_domain::billing::{Observation, ObservationSet, Subscription, derive};
use proptest::prelude::*;
use proptest::sample::Index;

use super::life::{Language, Moment, any_story, catalog, received, set, tell};
use super::truth::{Truth, truth};

pub(super) fn any_language() -> impl Strategy<Value = Language> {
    prop::sample::select(Language::ALL.to_vec())
}

/// Holds what is derived for a moment against what was true then.
fn must_be_true(moment: &Moment, set: &ObservationSet) -> Result<(), TestCaseError> {
    let catalog = catalog();
    let standing = derive(set, &catalog);
    prop_assert_eq!(standing.subscriptions.len(), moment.customer.subscriptions.len());
    for real in &moment.customer.subscriptions {
        let of_it = |subscription: &&Subscription| subscription.provider_subscription_id.ends_with(&real.id);
        let derived = standing.subscriptions.iter().find(of_it).unwrap();
        let found = Truth {
            status: derived.status(moment.now),
            has_access: derived.has_access(moment.now),
            will_renew: derived.will_renew,
            paid_through: derived.paid_through,
        };
        prop_assert_eq!(found, truth(real, catalog.policy(), moment.now), "{:?} at {}", real, moment.now);
        let plan = derived.plan.as_ref().unwrap();
        let entitled = standing.entitlements.iter().any(|span| {
            span.entitlement.as_str() == plan.as_str()
                && span.source == derived.provider_subscription_id
                && span.is_active(moment.now)
        });
        prop_assert_eq!(entitled, derived.has_access(moment.now));
    }
    prop_assert!(standing.ambiguous.is_empty(), "{:?}", standing.ambiguous);
    Ok(())
}

pub(super) fn shuffled(observations: &[Observation], order: &[Index]) -> Vec<Observation> {
    let mut shuffled = observations.to_vec();
    for (place, index) in (1..shuffled.len()).rev().zip(order.iter().cycle()) {
        shuffled.swap(place, index.index(place + 1));
    }
    shuffled
}

proptest! {
    #[test]
    fn what_is_derived_is_what_really_happened_at_every_moment(story in any_story(), language in any_language()) {
        let told = tell(&story, language);
        for moment in &told.moments {
            must_be_true(moment, &set(&told.observations[..moment.known]))?;
        }
    }

    #[test]
    fn neither_order_nor_duplicates_nor_batches_change_anything(
        story in any_story(),
        language in any_language(),
        order in prop::collection::vec(any::<Index>(), 1..80),
        again in prop::collection::vec(any::<Index>(), 0..20),
        cut in any::<Index>(),
    ) {
        let told = tell(&story, language);
        let mut late = shuffled(&told.observations, &order);
        late.extend(again.iter().map(|index| index.get(&told.observations).clone()));
        let (first, rest) = late.split_at(cut.index(late.len()));

        // One by one, from scratch, and as the join of two sets either way round.
        let mut one_by_one = ObservationSet::default();
        for observation in &late {
            one_by_one.insert(received(observation.clone()));
        }
        let in_order = set(&told.observations);
        let joined = set(first).join(set(rest));
        prop_assert_eq!(&one_by_one, &in_order);
        prop_assert_eq!(&joined, &in_order);
        prop_assert_eq!(&set(rest).join(set(first)), &in_order);
        prop_assert_eq!(&joined.clone().join(joined.clone()), &in_order);
        prop_assert_eq!(one_by_one.timeline(), in_order.timeline());

        let end = told.moments.last().unwrap();
        must_be_true(end, &one_by_one)?;
    }

    #[test]
    fn all_languages_tell_the_same_story(story in any_story()) {
        let catalog = catalog();
        let end = |language| {
            let told = tell(&story, language);
            let now = told.moments.last().unwrap().now;
            let standing = derive(&set(&told.observations), &catalog);
            standing.subscriptions.iter().map(|subscription| {
                (subscription.status(now), subscription.access, subscription.will_renew, subscription.plan.clone(), subscription.paid_through)
            }).collect::<Vec<_>>()
        };
        let sandbox = end(Language::Sandbox);
        prop_assert_eq!(&end(Language::StripeBeforeBasil), &sandbox);
        prop_assert_eq!(&end(Language::StripeSinceBasil), &sandbox);
    }

    #[test]
    fn the_timeline_tells_each_payment_once(story in any_story(), language in any_language()) {
        use hos_domain::billing::TimelineKind::PaymentSucceeded;
        let told = tell(&story, language);
        let customer = &told.moments.last().unwrap().customer;
        let paid = customer.subscriptions.iter().flat_map(|subscription| &subscription.invoices).filter(|invoice| invoice.paid).count();
        let timeline = set(&told.observations).timeline();
        prop_assert_eq!(timeline.iter().filter(|entry| entry.kind == PaymentSucceeded).count(), paid);
        prop_assert!(timeline.is_sorted_by_key(|entry| entry.at));
    }
}
