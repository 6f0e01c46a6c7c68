//! What a job is to those who ask for it and to those who carry it out.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{ErrorKind, Failure, IdSource, RepositoryError, Stored, Timestamp, with_causes};
use hos_domain::platform::{Effects, Lease, NewJob, Queue};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A kind of job: a serializable struct that says what its runner needs to know.
pub trait JobPayload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Its stored name; never changes while such jobs may wait.
    const NAME: &'static str;
    /// When it goes relative to others.
    const QUEUE: Queue;
    /// After so many tries it is a dead letter.
    const MAX_TRIES: u16 = 3;
    /// How long after the first failure it is tried again; doubles with every further one.
    const FIRST_BACKOFF: Duration = Duration::from_secs(60);

    /// While a job with this key waits, another is not added.
    fn dedupe_key(&self) -> Option<String> {
        None
    }
}

/// Adds a job to the caller's unit, to be run at `run_at` of real time.
///
/// # Errors
/// Whatever the storage says.
pub async fn enqueue<P: JobPayload>(
    tx: &dyn Effects,
    ids: &dyn IdSource,
    payload: &P,
    run_at: Timestamp,
) -> Stored<()> {
    let dedupe_key = payload.dedupe_key();
    let payload = serde_json::to_value(payload).map_err(|error| RepositoryError::Other(Box::new(error)))?;
    let (name, queue, max_tries) = (P::NAME, P::QUEUE, P::MAX_TRIES);
    tx.outbox().enqueue(NewJob { id: ids.id(), name, queue, payload, run_at, max_tries, dedupe_key }).await
}

/// Carries one kind of job out. On success the job has been completed in the unit that did the work, so that neither
/// is without the other; after an outside effect, in a unit of its own.
#[async_trait]
pub trait Runner: Send + Sync + 'static {
    /// The kind of job.
    type Payload: JobPayload;

    /// Does the work and completes the job under `lease`.
    ///
    /// # Errors
    /// [`JobError`], which says whether trying again can help.
    async fn run(&self, payload: Self::Payload, lease: &Lease) -> Result<(), JobError>;
}

/// What to do about a job that was not done.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Try again at once: another unit was in the way.
    #[error("{0}")]
    Again(String),
    /// Try again later: a dependency was away, or another worker was faster.
    #[error("{0}")]
    Retry(String),
    /// Trying again can't help; a person has to look.
    #[error("{0}")]
    Fail(String),
}

impl<F: Failure> From<F> for JobError {
    fn from(failure: F) -> Self {
        let reason = with_causes(&failure);
        match failure.kind() {
            ErrorKind::Contended => Self::Again(reason),
            ErrorKind::Conflict
            | ErrorKind::Locked { .. }
            | ErrorKind::RateLimited { .. }
            | ErrorKind::ProviderFailed
            | ErrorKind::ProviderTimeout
            | ErrorKind::Full
            | ErrorKind::Unavailable
            | ErrorKind::Internal => Self::Retry(reason),
            ErrorKind::Invalid
            | ErrorKind::Unauthenticated
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Unprocessable
            | ErrorKind::EntitlementRequired => Self::Fail(reason),
        }
    }
}
