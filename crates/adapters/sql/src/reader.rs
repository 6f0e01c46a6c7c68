//! Everything that only reads: query ports on the read pool, so no GET ever queues behind the writer.

use std::future::Future;
use std::sync::Arc;

use hos_domain::kernel::{Sealer, Stored};
use sea_orm::{DatabaseConnection, DbErr};

use crate::database::Database;
use crate::error::{stored, unavailable};

/// All query ports of all contexts.
#[derive(Clone)]
pub struct SqlReader {
    database: Database,
    sealer: Arc<dyn Sealer>,
}

impl SqlReader {
    /// Reads from `database`; opens what was sealed.
    #[must_use]
    pub fn new(database: Database, sealer: Arc<dyn Sealer>) -> Self {
        Self { database, sealer }
    }

    pub(crate) fn sealer(&self) -> &dyn Sealer {
        &*self.sealer
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
