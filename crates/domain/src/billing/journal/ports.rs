//! Where the books are kept.

use std::collections::BTreeMap;

use async_trait::async_trait;
use uuid::Uuid;

use super::{JournalEntry, TrialBalance, Written};
use crate::billing::{Environment, SubjectId};
use crate::identity::UserId;
use crate::kernel::{Page, PageRequest, Stored, Timestamp};

/// An entry as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedEntry {
    /// Ours.
    pub id: Uuid,
    /// How often its fact had been written about before.
    pub revision: u32,
    /// What it says.
    pub entry: JournalEntry,
    /// When it was written, in real time.
    pub recorded_at: Timestamp,
}

/// The books, inside a unit of work.
#[async_trait]
pub trait JournalRepository: Send + Sync {
    /// What was written of a customer's facts, by fact.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn written(&self, subject: SubjectId) -> Stored<BTreeMap<String, Written>>;

    /// Adds entries.
    ///
    /// # Errors
    /// `Conflict` when this revision of a fact is there already.
    async fn book(&self, subject: SubjectId, entries: &[BookedEntry]) -> Stored<()>;
}

/// Reading the books, beside any writer.
#[async_trait]
pub trait JournalQueries: Send + Sync {
    /// What stands in each account at an instant, of all that had happened by then; what was earned by then has moved from
    /// deferred to earned revenue.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn trial_balance(&self, environment: Environment, at: Timestamp) -> Stored<TrialBalance>;

    /// The entries about a user, the latest written first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn entries(&self, user: UserId, page: PageRequest) -> Stored<Page<BookedEntry>>;
}
