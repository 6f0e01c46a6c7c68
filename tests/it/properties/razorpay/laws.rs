//! The laws.

use hos_domain::billing::{Observation, Standing, TimelineKind, derive};
use hos_domain::kernel::Id;
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use super::story::{Moment, any_manners, any_story, catalog, play, set};
use super::subscriber::State;
use super::truth::{Truth, truth};
use super::words::USER;

/// Holds what is derived for a moment against what was true then.
fn must_be_true(moment: &Moment, standing: &Standing) -> Result<(), TestCaseError> {
    let catalog = catalog();
    // Razorpay says nothing about a subscription before its mandate is given.
    let known = moment.subscribers.iter().filter(|subscriber| subscriber.state != State::Created);
    prop_assert_eq!(standing.subscriptions.len(), known.clone().count());
    for real in known {
        let derived = standing.subscriptions.iter().find(|one| one.provider_subscription_id == real.id).unwrap();
        let found = Truth {
            status: derived.status(moment.now),
            has_access: derived.has_access(moment.now),
            will_renew: derived.will_renew,
            paid_through: derived.paid_through,
        };
        prop_assert_eq!(found, truth(real, catalog.policy(), moment.now), "{:?} at {}", real, moment.now);
        let plan = derived.plan.as_ref().unwrap();
        prop_assert!(real.plan.contains(plan.as_str()));
        let entitled = standing.entitlements.iter().any(|span| {
            span.entitlement.as_str() == plan.as_str() && span.source == real.id && span.is_active(moment.now)
        });
        prop_assert_eq!(entitled, derived.has_access(moment.now));
        prop_assert_eq!(standing.user, Some(Id::new(Uuid::from_u128(USER))));
    }
    prop_assert!(standing.ambiguous.is_empty(), "{:?}", standing.ambiguous);
    prop_assert!(standing.unknown_prices.is_empty());
    Ok(())
}

fn shuffled(observations: &[Observation], order: &[Index]) -> Vec<Observation> {
    let mut shuffled = observations.to_vec();
    for (place, index) in (1..shuffled.len()).rev().zip(order.iter().cycle()) {
        shuffled.swap(place, index.index(place + 1));
    }
    shuffled
}

proptest! {
    #[test]
    fn what_is_derived_is_what_really_happened_at_every_moment(story in any_story(), manners in any_manners()) {
        let (observations, moments) = play(&story, manners);
        for moment in &moments {
            must_be_true(moment, &derive(&set(&observations[..moment.known]), &catalog()))?;
        }
    }

    #[test]
    fn neither_order_nor_duplicates_change_anything(
        story in any_story(),
        manners in any_manners(),
        order in prop::collection::vec(any::<Index>(), 1..80),
        again in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        let (observations, moments) = play(&story, manners);
        let mut late = shuffled(&observations, &order);
        if !observations.is_empty() {
            late.extend(again.iter().map(|index| index.get(&observations).clone()));
        }
        prop_assert_eq!(set(&late), set(&observations));
        prop_assert_eq!(set(&late).timeline(), set(&observations).timeline());
        must_be_true(moments.last().unwrap(), &derive(&set(&late), &catalog()))?;
    }

    #[test]
    fn the_timeline_tells_each_paid_period_once(story in any_story(), manners in any_manners()) {
        let (observations, moments) = play(&story, manners);
        let paid: usize = moments.last().unwrap().subscribers.iter().map(|subscriber| subscriber.payments.len()).sum();
        let timeline = set(&observations).timeline();
        let told = timeline.iter().filter(|entry| entry.kind == TimelineKind::PaymentSucceeded).count();
        prop_assert_eq!(told, paid);
    }
}
