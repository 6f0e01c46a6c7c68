//! The unit of work: what belongs together is committed together, its effects included, or not at all.

use async_trait::async_trait;

use super::{ErrorKind, Failure};
use crate::{billing, identity, media, messaging, platform, sandbox};

/// What every storage port answers with.
pub type Stored<T> = Result<T, RepositoryError>;

/// The one error of every repository and query port.
#[derive(Debug, thiserror::Error)]
pub enum RepositoryError {
    /// A unique rule of the schema was broken; another writer was first.
    #[error("the value is already taken")]
    Conflict,
    /// What was read has changed since, or a lease was lost: undo and look again.
    #[error("the record changed in the meantime")]
    Stale,
    /// Another unit was in the way. Nothing was written; doing the same again at once is right.
    #[error("another transaction was in the way")]
    Contended,
    /// The database can't be reached, or did not answer in time.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk, or the space granted to the database, is full. Nothing was written.
    #[error("the database has no space left")]
    Full,
    /// A stored row can't be read as what it should be.
    #[error("a stored record can't be read: {0}")]
    Corrupt(String),
    /// Any other failure of the database: a fault of ours.
    #[error("the database refused the operation")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Failure for RepositoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict | Self::Stale => ErrorKind::Conflict,
            Self::Contended => ErrorKind::Contended,
            Self::Full => ErrorKind::Full,
            Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt(_) | Self::Other(_) => ErrorKind::Internal,
        }
    }
}

/// Every repository of every context, around one transaction. Dropping it rolls back.
///
/// A verb takes the view of its own context (`&dyn identity::Unit`), to which a unit of work upcasts, so one context
/// can call another's verb inside its own unit but can't reach its repositories.
///
/// Between [`Storage::begin`] and [`UnitOfWork::commit`] only the unit itself is awaited: never a gateway, a password
/// hash or a sleep. A unit has a deadline.
#[async_trait]
pub trait UnitOfWork:
    identity::Unit + billing::Unit + media::Unit + messaging::Unit + platform::Unit + sandbox::Unit + Send + Sync
{
    /// Makes everything done in this unit durable and visible, then wakes the worker if jobs were enqueued.
    ///
    /// # Errors
    /// Whatever the database says; then nothing of the unit has happened.
    async fn commit(self: Box<Self>) -> Stored<()>;
}

/// Where units of work begin.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Opens a unit of work. On SQLite writers queue here in the order they came.
    ///
    /// # Errors
    /// [`RepositoryError::Unavailable`] when the database can't be reached.
    async fn begin(&self) -> Stored<Box<dyn UnitOfWork>>;
}
