//! Bringing the schema up and down. All pending steps run in one transaction under one lock, so two servers that start
//! at once don't race, and a step that fails leaves the schema as it was.

use hos_domain::kernel::Stored;
use hos_migrations::Migrator;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use sea_orm_migration::MigratorTrait;

use crate::database::{Database, Engine};
use crate::error::stored;
use crate::storage::begin_writing;

/// Any constant will do, as long as nobody else locks it.
const LOCK: &str = "SELECT pg_advisory_xact_lock(4201987)";

/// The schema's history applied to one database.
pub struct Migrations<'a>(&'a Database);

/// One step of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its name, in order.
    pub name: String,
    /// Whether this database has it.
    pub applied: bool,
}

impl<'a> Migrations<'a> {
    /// The history of `database`.
    #[must_use]
    pub const fn of(database: &'a Database) -> Self {
        Self(database)
    }

    /// Every step and whether it is applied. Writes nothing.
    ///
    /// # Errors
    /// Whatever the database says.
    pub async fn status(&self) -> Stored<Vec<MigrationStatus>> {
        let pending = stored(Migrator::get_pending_migrations_read_only(&self.0.reader).await)?;
        let is_pending = |name: &str| pending.iter().any(|step| step.name() == name);
        let steps = Migrator::migrations();
        Ok(steps
            .iter()
            .map(|step| MigrationStatus { name: step.name().to_owned(), applied: !is_pending(step.name()) })
            .collect())
    }

    /// Applies what is pending and tells how many steps that were.
    ///
    /// # Errors
    /// Whatever the database says; then the schema is as it was.
    pub async fn up(&self) -> Stored<usize> {
        if self.status().await?.iter().all(|step| step.applied) {
            return Ok(0);
        }
        let (tx, _turn) = self.locked().await?;
        let pending = stored(Migrator::get_pending_migrations(&tx).await)?.len();
        stored(Migrator::up(&tx, None).await)?;
        stored(tx.commit().await)?;
        Ok(pending)
    }

    /// Takes back the last `steps` steps, or all of them, with the data they hold.
    ///
    /// # Errors
    /// Whatever the database says; then the schema is as it was.
    pub async fn down(&self, steps: Option<u32>) -> Stored<()> {
        let (tx, _turn) = self.locked().await?;
        stored(Migrator::down(&tx, steps).await)?;
        stored(tx.commit().await)
    }

    async fn locked(&self) -> Stored<(DatabaseTransaction, Option<tokio::sync::OwnedMutexGuard<()>>)> {
        let turn = self.0.turn().await?;
        let tx = begin_writing(self.0).await?;
        if self.0.engine == Engine::Postgres {
            stored(tx.execute_unprepared(LOCK).await)?;
        }
        Ok((tx, turn))
    }
}
