//! Where units of work begin.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::kernel::{Sealer, Storage, Stored, UnitOfWork};
use sea_orm::{DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::Notify;

use crate::database::{Database, Engine};
use crate::error::{stored, unavailable};
use crate::unit::SqlUnit;

/// The storage of the whole product.
#[derive(Clone)]
pub struct SqlStorage {
    database: Database,
    sealer: Arc<dyn Sealer>,
    jobs_committed: Arc<Notify>,
}

impl SqlStorage {
    /// Keeps everything in `database`; what must not lie there in the open is sealed first.
    #[must_use]
    pub fn new(database: Database, sealer: Arc<dyn Sealer>) -> Self {
        Self { database, sealer, jobs_committed: Arc::new(Notify::new()) }
    }

    /// Rings whenever a commit of this process has left jobs behind.
    #[must_use]
    pub fn jobs_committed(&self) -> Arc<Notify> {
        Arc::clone(&self.jobs_committed)
    }

    pub(crate) async fn unit(&self) -> Stored<SqlUnit> {
        let turn = self.database.turn().await?;
        let tx = begin_writing(&self.database).await?;
        Ok(SqlUnit::new(&self.database, tx, turn, Arc::clone(&self.sealer), Arc::clone(&self.jobs_committed)))
    }

    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }
}

#[async_trait]
impl Storage for SqlStorage {
    async fn begin(&self) -> Stored<Box<dyn UnitOfWork>> {
        Ok(Box::new(self.unit().await?))
    }
}

/// Opens a transaction. On SQLite it takes the write lock at once: a transaction that starts as a reader and wants to
/// write later would fail when another wrote in between.
pub(crate) async fn begin_writing(database: &Database) -> Stored<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: (database.engine == Engine::Sqlite).then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    match tokio::time::timeout(database.query_timeout, database.writer.begin_with_options(options)).await {
        Ok(tx) => stored(tx),
        Err(late) => Err(unavailable(late)),
    }
}
