//! A job: one effect or piece of work that was committed together with the change that asked for it, and is carried out
//! at least once afterwards.

use serde_json::Value;
use uuid::Uuid;

use crate::kernel::{Id, Timestamp};

/// The id of one job; also the idempotency key it gives to outside parties.
pub type JobId = Id<Job>;

/// The label of [`JobId`].
pub struct Job;

/// Which work goes first when there is more than the workers can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Events that providers told us: they decide what a member may do.
    Webhooks,
    /// Push and mail that somebody waits for.
    Notifications,
    /// Everything else a user caused.
    Normal,
    /// What can wait for a quiet hour.
    Cleanup,
}

impl Queue {
    /// All queues, first served first.
    pub const ALL: [Self; 4] = [Self::Webhooks, Self::Notifications, Self::Normal, Self::Cleanup];

    /// The rank that is stored; smaller goes first.
    #[must_use]
    pub const fn rank(self) -> i16 {
        match self {
            Self::Webhooks => 0,
            Self::Notifications => 10,
            Self::Normal => 20,
            Self::Cleanup => 30,
        }
    }

    /// The queue of a stored rank.
    #[must_use]
    pub fn from_rank(rank: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.rank() == rank)
    }

    /// The name that operators and metrics see.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhooks => "webhooks",
            Self::Notifications => "notifications",
            Self::Normal => "normal",
            Self::Cleanup => "cleanup",
        }
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Made by the caller, so that the same unit can refer to it.
    pub id: JobId,
    /// Which runner carries it out.
    pub name: &'static str,
    /// When it goes relative to others.
    pub queue: Queue,
    /// What the runner needs to know; no personal data beyond ids.
    pub payload: Value,
    /// Not before this instant of real time.
    pub run_at: Timestamp,
    /// After so many tries it is a dead letter.
    pub max_tries: u16,
    /// While a job of this name and key waits, another is not added.
    pub dedupe_key: Option<String>,
}

/// The right to work on a claimed job until the lease runs out. Who has lost it can't complete the job any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which job.
    pub job: JobId,
    /// Which claim of it; a later claim has another token.
    pub token: Uuid,
}

/// A job in a worker's hands.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// The right to work on it.
    pub lease: Lease,
    /// Which runner carries it out.
    pub name: String,
    /// The queue it came from.
    pub queue: Queue,
    /// What the runner needs to know.
    pub payload: Value,
    /// Which try this is, from 1.
    pub attempt: u16,
    /// After so many tries it is a dead letter.
    pub max_tries: u16,
}

impl ClaimedJob {
    /// Whether a failure of this try is final.
    #[must_use]
    pub const fn is_last_try(&self) -> bool {
        self.attempt >= self.max_tries
    }
}

/// A job that was given up and waits for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct DeadJob {
    /// The job's id.
    pub id: JobId,
    /// Which runner could not carry it out.
    pub name: String,
    /// How often it was tried.
    pub attempts: u16,
    /// What went wrong the last time.
    pub error: String,
    /// When it was given up.
    pub died_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_queue_is_found_again_by_its_rank_and_they_are_served_in_order() {
        for queue in Queue::ALL {
            assert_eq!(Queue::from_rank(queue.rank()), Some(queue));
        }
        assert!(Queue::ALL.map(Queue::rank).is_sorted());
        assert_eq!(Queue::from_rank(99), None);
    }
}
