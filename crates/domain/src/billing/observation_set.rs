//! The set of everything a provider told us about one customer. It only grows; adding is commutative, associative and
//! idempotent, which is what makes order and duplication of events harmless.

use std::collections::BTreeMap;

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
    /// Adds an observation; one that says the same is there already is left as it is. Tells whether it was new.
    pub fn insert(&mut self, received: Received) -> bool {
        let digest = received.observation.digest();
        let new = !self.0.contains_key(&digest);
        self.0.entry(digest).or_insert(received);
        new
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
