//! The set of everything a provider told us about one customer. It only grows; adding is commutative, associative and
//! idempotent, which is what makes order and duplication of events harmless.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Digest, Observation, Source};
use crate::kernel::Timestamp;

/// An observation and how it came to us. Only the observation decides anything; the rest is for explaining.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// What was said.
    pub observation: Observation,
    /// How it reached us.
    pub source: Source,
    /// When it reached us, in real time.
    pub received_at: Timestamp,
}

/// A set of observations, by what they say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservationSet(BTreeMap<Digest, Received>);

impl ObservationSet {
    /// Adds an observation; of several that say the same, the one that came first stays. Tells whether it was new.
    pub fn insert(&mut self, received: Received) -> bool {
        match self.0.entry(received.observation.digest()) {
            Entry::Vacant(free) => {
                free.insert(received);
                true
            }
            Entry::Occupied(mut known) => {
                let came_first = |received: &Received| (received.received_at, received.source);
                if came_first(&received) < came_first(known.get()) {
                    known.insert(received);
                }
                false
            }
        }
    }

    /// The join of two sets.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        for received in other.0.into_values() {
            self.insert(received);
        }
        self
    }

    /// What was known when the clock showed `at`, of what we had received by `known_at`.
    #[must_use]
    pub fn as_of(&self, at: Timestamp, known_at: Timestamp) -> Self {
        let known = |received: &&Received| received.observation.as_of <= at && received.received_at <= known_at;
        let kept = self.0.iter().filter(|(_, received)| known(received));
        Self(kept.map(|(digest, received)| (*digest, received.clone())).collect())
    }

    /// Every observation, in no meaningful order.
    pub fn iter(&self) -> impl Iterator<Item = &Received> {
        self.0.values()
    }

    /// How many observations there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Nothing was observed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every object's snapshots, earliest first; the last is the one that counts.
    #[must_use]
    pub fn histories(&self) -> BTreeMap<&str, Vec<&Received>> {
        let mut histories: BTreeMap<&str, Vec<&Received>> = BTreeMap::new();
        for received in self.0.values() {
            histories.entry(received.observation.object.as_str()).or_default().push(received);
        }
        for history in histories.values_mut() {
            history.sort_by(|a, b| a.observation.supersedes(&b.observation));
        }
        histories
    }
}

impl FromIterator<Received> for ObservationSet {
    fn from_iter<I: IntoIterator<Item = Received>>(received: I) -> Self {
        let mut set = Self::default();
        for received in received {
            set.insert(received);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::tests::{at, paid, received, seen, set, subscription};
    use super::super::{EndReason, Facts, Phase};
    use super::*;

    fn runs(day: u64, phase: Phase) -> Observation {
        seen("sub_1", day, Facts::Subscription(subscription(phase)))
    }

    #[test]
    fn the_same_content_from_another_source_at_another_time_is_nothing_new() {
        let first = received(runs(0, Phase::Active));
        let again = Received { source: Source::Fetch, received_at: at(9), ..first.clone() };
        let mut set = ObservationSet::default();
        assert!(set.insert(first.clone()));
        assert!(!set.insert(again));
        assert_eq!(set.iter().collect::<Vec<_>>(), [&first]);
    }

    /// Whichever is added first: else what was known when would depend on the order of joining.
    #[test]
    fn of_two_that_say_the_same_the_one_that_came_first_stays() {
        let early = received(runs(0, Phase::Active));
        let late = Received { received_at: at(9), ..early.clone() };
        let [early_set, late_set] = [early.clone(), late].map(|one| ObservationSet::from_iter([one]));
        assert_eq!(early_set.clone().join(late_set.clone()), late_set.clone().join(early_set));
        assert_eq!(late_set.join(ObservationSet::from_iter([early.clone()])).iter().next(), Some(&early));
    }

    #[test]
    fn a_join_has_what_either_has_once() {
        let [a, b, c] = [0, 1, 2].map(|day| runs(day, Phase::Active));
        let joined = set([a.clone(), b.clone()]).join(set([b.clone(), c.clone()]));
        assert_eq!((joined.len(), joined), (3, set([a, b, c])));
        assert!(ObservationSet::default().join(ObservationSet::default()).is_empty());
    }

    /// The observation is about day 3 and reached us on day 5.
    #[rstest]
    #[case::both_have_come(3, 5, true)]
    #[case::long_ago(9, 9, true)]
    #[case::it_had_not_happened(2, 9, false)]
    #[case::it_was_not_known(9, 4, false)]
    fn the_past_is_what_had_happened_and_was_known_then(#[case] day: u64, #[case] known: u64, #[case] there: bool) {
        let late = Received { received_at: at(5), ..received(runs(3, Phase::Active)) };
        let all: ObservationSet = [late].into_iter().collect();
        assert_eq!(all.as_of(at(day), at(known)), if there { all } else { ObservationSet::default() });
    }

    #[test]
    fn each_object_has_its_snapshots_from_the_first_to_the_one_that_counts() {
        let [early, late, end] =
            [runs(1, Phase::Trialing), runs(4, Phase::Active), runs(3, Phase::Ended(EndReason::Early))];
        let invoice = seen("in_1", 2, paid(0..30));
        let set = set([&end, &late, &invoice, &early].map(Clone::clone));
        let histories = set.histories();
        let of = |object: &str| histories[object].iter().map(|received| &received.observation).collect::<Vec<_>>();
        assert_eq!(of("sub_1"), [&early, &late, &end]);
        assert_eq!((of("in_1"), histories.len()), (vec![&invoice], 2));
    }
}
