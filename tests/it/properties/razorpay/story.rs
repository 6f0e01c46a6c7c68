//! Generated stories: what a subscriber does, at random times, and what reaches us of it.

use std::time::Duration;

use hos_domain::billing::{Catalog, Observation, ObservationSet, Received, Source};
use hos_domain::kernel::Timestamp;
use proptest::prelude::*;

use super::life::{Deed, Life, Manners};
use super::subscriber::Subscriber;
use super::words::read;

pub(super) fn catalog() -> Catalog {
    Catalog::parse(include_str!("../../../../config/plans.toml")).unwrap()
}

pub(super) fn set(observations: &[Observation]) -> ObservationSet {
    let received = |observation: &Observation| Received {
        observation: observation.clone(),
        source: Source::Webhook,
        received_at: Timestamp::EPOCH,
    };
    observations.iter().map(received).collect()
}

/// A life as it stood at one instant, with how much of it we had heard.
pub(super) struct Moment {
    pub(super) now: Timestamp,
    pub(super) subscribers: Vec<Subscriber>,
    pub(super) known: usize,
}

pub(super) fn play(story: &[(Duration, Deed)], manners: Manners) -> (Vec<Observation>, Vec<Moment>) {
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

pub(super) fn any_story() -> impl Strategy<Value = Vec<(Duration, Deed)>> {
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

pub(super) fn any_manners() -> impl Strategy<Value = Manners> {
    let either = (any::<bool>(), any::<bool>());
    either.prop_map(|(moves_on_early, completes_early)| Manners { moves_on_early, completes_early })
}
