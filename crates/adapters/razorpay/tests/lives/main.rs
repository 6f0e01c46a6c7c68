//! The laws of billing held against generated lives of Razorpay's subscribers. The oracle is what really happened to
//! them, read from the simulator's own state; the events reach us in any order, more than once, and whatever Razorpay does
//! where its documentation leaves it open. Nothing here shares a line with our reading of its events.

mod life;
mod truth;
mod words;

use std::time::Duration;

use hos_domain::billing::{Catalog, Observation, ObservationSet, Received, Source, Standing, TimelineKind, derive};
use hos_domain::kernel::{Id, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;
use uuid::Uuid;

use life::{Deed, Life, Manners, State, Subscriber};
use truth::{Truth, truth};
use words::{USER, read};

fn catalog() -> Catalog {
    Catalog::parse(include_str!("../../../../../config/plans.toml")).unwrap()
}

fn set(observations: &[Observation]) -> ObservationSet {
    let received = |observation: &Observation| Received {
        observation: observation.clone(),
        source: Source::Webhook,
        received_at: Timestamp::EPOCH,
    };
    observations.iter().map(received).collect()
}

/// A life as it stood at one instant, with how much of it we had heard.
struct Moment {
    now: Timestamp,
    subscribers: Vec<Subscriber>,
    known: usize,
}

fn play(story: &[(Duration, Deed)], manners: Manners) -> (Vec<Observation>, Vec<Moment>) {
    let mut now = Timestamp::from_unix_seconds(1_893_456_000).unwrap();
    let mut life = Life::new(now, manners);
    let (mut observations, mut heard, mut moments) = (Vec::new(), 0, Vec::new());
    for (gap, deed) in story {
        now = now + *gap;
        life.act(deed, now);
        observations.extend(life.told[heard..].iter().flat_map(read));
        heard = life.told.len();
        now = now.max(life.last);
        let mut moment = |now| {
            let subscribers = life.subscribers.clone();
            moments.push(Moment { now, subscribers, known: observations.len() });
        };
        moment(now);
        if let Some(due) = life.due().filter(|due| *due > now + Duration::from_secs(2)) {
            moment(due - Duration::from_secs(1));
        }
    }
    (observations, moments)
}

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

fn any_deed() -> impl Strategy<Value = Deed> {
    let nth = 0_usize..4;
    prop_oneof![
        1 => (0_u32..15, 1_u32..5).prop_map(|(trial_days, total_count)| Deed::Subscribe { trial_days, total_count }),
        2 => nth.clone().prop_map(Deed::GiveMandate),
        4 => prop::bool::weighted(0.5).prop_map(Deed::UseCard),
        1 => nth.clone().prop_map(Deed::CancelNow),
        2 => nth.clone().prop_map(Deed::CancelAtCycleEnd),
        2 => nth.clone().prop_map(Deed::Pause),
        2 => nth.clone().prop_map(Deed::Resume),
        1 => nth.clone().prop_map(Deed::ChangePlan),
        3 => (0_usize..4, prop_oneof![Just(100_i64), 1_i64..100]).prop_map(|(payment, percent)| Deed::Refund { payment, percent }),
        1 => nth.clone().prop_map(Deed::FailRefund),
        1 => nth.clone().prop_map(Deed::Dispute),
        2 => (nth, any::<bool>()).prop_map(|(nth, won)| Deed::CloseDispute(nth, won)),
        6 => Just(Deed::Nothing),
    ]
}

fn any_story() -> impl Strategy<Value = Vec<(Duration, Deed)>> {
    let gap = prop_oneof![3 => 1_u64..7_200, 3 => 3_600_u64..10 * 86_400, 2 => 86_400_u64..40 * 86_400];
    let deeds = prop::collection::vec((gap.prop_map(Duration::from_secs), any_deed()), 1..24);
    let first = (prop_oneof![2 => Just(0_u32), 1 => 3_u32..30], prop_oneof![1 => 1_u32..4, 2 => Just(120_u32)]);
    (first, deeds).prop_map(|((trial_days, total_count), mut deeds)| {
        let minute = Duration::from_secs(60);
        deeds.insert(0, (minute, Deed::Subscribe { trial_days, total_count }));
        deeds.insert(1, (minute, Deed::GiveMandate(0)));
        deeds
    })
}

fn any_manners() -> impl Strategy<Value = Manners> {
    let either = (any::<bool>(), any::<bool>());
    either.prop_map(|(moves_on_early, completes_early)| Manners { moves_on_early, completes_early })
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
