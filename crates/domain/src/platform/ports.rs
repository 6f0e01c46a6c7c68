//! What the platform needs from the outside: a place for jobs, answers and projects.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{
    AnswerKey, AuditTrail, ClaimedJob, KeptAnswer, Lease, NewJob, NumberedPage, PageNumber, Project, ProjectFilter,
    ProjectId, Queue,
};
use crate::identity::UserId;
use crate::kernel::{Page, PageLimit, PageRequest, Stored, Timestamp};

/// What every context's unit can do besides its own repositories: leave effects behind that commit with the change.
pub trait Effects: Send + Sync {
    /// Jobs that come into being with this unit.
    fn outbox(&self) -> &dyn Outbox;

    /// Answers that are kept with this unit.
    fn answers(&self) -> &dyn AnswerRepository;

    /// What is to be remembered of this unit.
    fn audit(&self) -> &dyn AuditTrail;
}

/// The platform's own unit.
pub trait Unit: Effects {
    /// The users' projects.
    fn projects(&self) -> &dyn ProjectRepository;
}

/// The inside of the jobs table: what a unit of work adds to it and takes from it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Adds a job that becomes visible with the commit. A job whose name and dedupe key already wait is not added.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn enqueue(&self, job: NewJob) -> Stored<()>;

    /// Takes a finished job off the table together with the work it did.
    ///
    /// # Errors
    /// `Stale` when the lease was lost to another worker: roll back, the work is theirs now.
    async fn complete(&self, lease: &Lease) -> Stored<()>;
}

/// The outside of the jobs table: how workers share the jobs between them. Times are real time.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Claims up to `most` due jobs, in order of queue and due time, and leases each for `lease_for` under `token`,
    /// which no other claim may use. No job is given to two workers while its lease lasts; a job whose lease ran out is
    /// due again.
    ///
    /// # Errors
    /// Whatever the database says; then nothing was claimed.
    async fn claim(&self, token: Uuid, most: u32, lease_for: Duration, now: Timestamp) -> Stored<Vec<ClaimedJob>>;

    /// Gives a failed job back, to be tried again at `run_at`. Silently does nothing when the lease was lost.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn retry(&self, lease: &Lease, run_at: Timestamp, error: &str) -> Stored<()>;

    /// Turns a job into a dead letter. Silently does nothing when the lease was lost.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn bury(&self, lease: &Lease, now: Timestamp, error: &str) -> Stored<()>;

    /// How many jobs of each queue wait, and since when the oldest of them has been due.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn backlog(&self, now: Timestamp) -> Stored<Vec<(Queue, u64, Duration)>>;
}

/// Answers kept for idempotency keys, sealed at rest.
#[async_trait]
pub trait AnswerRepository: Send + Sync {
    /// What is kept under a key. An entry older than its life is not there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, key: &AnswerKey, now: Timestamp) -> Stored<Option<KeptAnswer>>;

    /// Takes a free or lapsed key for a request that will need an outside call.
    ///
    /// # Errors
    /// `Conflict` when another request holds it.
    async fn reserve(&self, key: &AnswerKey, now: Timestamp, until: Timestamp) -> Stored<()>;

    /// Keeps the output of the request until `expires_at`, whether the key was reserved by it or is still free.
    ///
    /// # Errors
    /// `Conflict` when another request answered first.
    async fn keep(&self, key: &AnswerKey, output: &[u8], now: Timestamp, expires_at: Timestamp) -> Stored<()>;

    /// Frees a reserved key after a failure that the client may repeat.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn release(&self, key: &AnswerKey) -> Stored<()>;

    /// Removes every entry that has lapsed and tells how many there were.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_lapsed(&self, now: Timestamp) -> Stored<u64>;
}

/// Projects inside a unit of work. Every access names the owner, so a foreign project is never found.
#[async_trait]
pub trait ProjectRepository: Send + Sync {
    /// The owner's project, deleted or not.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, owner: UserId, id: ProjectId) -> Stored<Option<Project>>;

    /// Adds a project.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, project: &Project) -> Stored<()>;

    /// Writes a changed project back.
    ///
    /// # Errors
    /// `Stale` when it is gone.
    async fn save(&self, project: &Project) -> Stored<()>;
}

/// Reading projects, beside any writer.
#[async_trait]
pub trait ProjectQueries: Send + Sync {
    /// One living project of the owner.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, owner: UserId, id: ProjectId) -> Stored<Option<Project>>;

    /// The owner's projects, newest first. The cost does not depend on how many there are.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn list(&self, owner: UserId, filter: &ProjectFilter, page: PageRequest) -> Stored<Page<Project>>;

    /// The owner's projects by page number, with a count of all.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn numbered(
        &self,
        owner: UserId,
        filter: &ProjectFilter,
        size: PageLimit,
        number: PageNumber,
    ) -> Stored<NumberedPage<Project>>;
}
