//! Everything that only reads: query ports on the read pool, so no GET ever queues behind the writer.

use std::future::Future;

use hos_domain::kernel::Stored;
use sea_orm::{DatabaseConnection, DbErr};

use crate::database::Database;
use crate::error::{stored, unavailable};

/// All query ports of all contexts.
#[derive(Clone)]
pub struct SqlReader {
    database: Database,
}

impl SqlReader {
    /// Reads from `database`.
    #[must_use]
    pub const fn new(database: Database) -> Self {
        Self { database }
    }

    pub(crate) const fn pool(&self) -> &DatabaseConnection {
        &self.database.reader
    }

    /// Runs one query within the time a query may take.
    pub(crate) async fn run<T>(&self, query: impl Future<Output = Result<T, DbErr>> + Send) -> Stored<T> {
        match tokio::time::timeout(self.database.query_timeout, query).await {
            Ok(result) => stored(result),
            Err(late) => Err(unavailable(late)),
        }
    }
}
