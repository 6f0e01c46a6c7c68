//! `jobs` and `dead_jobs`, seen from the workers. On PostgreSQL workers skip each other's locked rows; on SQLite they
//! are the one server's and take turns as writers do.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Id, Stored, Timestamp};
use hos_domain::platform::{ClaimedJob, JobQueue, Lease, Queue};
use sea_orm::entity::prelude::*;
use sea_orm::{ActiveValue::Set, FromQueryResult, Statement};

use crate::database::Engine;
use crate::error::corrupt;
use crate::storage::SqlStorage;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    name: String,
    queue: i16,
    #[sea_orm(column_type = "JsonBinary")]
    payload: Json,
    run_at: DateTimeUtc,
    attempts: i32,
    max_tries: i32,
    lease_token: Option<Uuid>,
    dedupe_key: Option<String>,
    last_error: Option<String>,
    created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod dead {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "dead_jobs")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) name: String,
        pub(super) queue: i16,
        #[sea_orm(column_type = "JsonBinary")]
        pub(super) payload: Json,
        pub(super) attempts: i32,
        pub(super) max_tries: i32,
        pub(super) dedupe_key: Option<String>,
        pub(super) error: String,
        pub(super) died_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Queue by queue, so that each branch is a short walk along the index `(queue, run_at)` however many jobs lie in the
/// future. `$1` now, `$2` how many, `$3` the lease's token, `$4` the lease's end.
///
/// `= ANY (ARRAY(…))` looks once and for all: under a plan made while the table was empty, `IN (…)` would look again for
/// every row, and with SKIP LOCKED find others each time.
const CLAIM_POSTGRES: &str = "
    UPDATE jobs SET lease_token = $3, run_at = $4, attempts = attempts + 1
    WHERE id = ANY (ARRAY(
        SELECT due.id FROM (VALUES (0), (10), (20), (30)) AS queues (rank)
        CROSS JOIN LATERAL (
            SELECT id FROM jobs WHERE queue = queues.rank AND run_at <= $1
            ORDER BY run_at LIMIT $2 FOR UPDATE SKIP LOCKED
        ) AS due LIMIT $2
    ))
    RETURNING *";

/// The same for SQLite, which has no LATERAL and needs no row locks.
const CLAIM_SQLITE: &str = "
    UPDATE jobs SET lease_token = $3, run_at = $4, attempts = attempts + 1
    WHERE id IN (
        SELECT id FROM (SELECT id FROM jobs WHERE queue = 0 AND run_at <= $1 ORDER BY run_at LIMIT $2)
        UNION ALL SELECT id FROM (SELECT id FROM jobs WHERE queue = 10 AND run_at <= $1 ORDER BY run_at LIMIT $2)
        UNION ALL SELECT id FROM (SELECT id FROM jobs WHERE queue = 20 AND run_at <= $1 ORDER BY run_at LIMIT $2)
        UNION ALL SELECT id FROM (SELECT id FROM jobs WHERE queue = 30 AND run_at <= $1 ORDER BY run_at LIMIT $2)
        LIMIT $2
    )
    RETURNING *";

#[async_trait]
impl JobQueue for SqlStorage {
    async fn claim(&self, token: Uuid, most: u32, lease_for: Duration, now: Timestamp) -> Stored<Vec<ClaimedJob>> {
        let unit = self.unit().await?;
        let sql = if unit.engine == Engine::Postgres { CLAIM_POSTGRES } else { CLAIM_SQLITE };
        let until = now + lease_for;
        let values = [now.to_chrono().into(), i64::from(most).into(), token.into(), until.to_chrono().into()];
        let statement = Statement::from_sql_and_values(unit.tx.get_database_backend(), sql, values);
        let rows = unit.run(unit.tx.query_all_raw(statement)).await?;
        let rows = rows.iter().map(|row| Model::from_query_result(row, "")).collect::<Result<Vec<_>, _>>();
        let mut jobs =
            crate::error::stored(rows)?.into_iter().map(|row| claimed(row, token)).collect::<Stored<Vec<_>>>()?;
        unit.finish().await?;
        jobs.sort_by_key(|job| job.queue);
        Ok(jobs)
    }

    async fn retry(&self, lease: &Lease, run_at: Timestamp, error: &str) -> Stored<()> {
        let unit = self.unit().await?;
        let give_back = Entity::update_many()
            .col_expr(Column::RunAt, Expr::value(run_at.to_chrono()))
            .col_expr(Column::LeaseToken, Expr::value(None::<Uuid>))
            .col_expr(Column::LastError, Expr::value(error))
            .filter(Column::Id.eq(lease.job.uuid()))
            .filter(Column::LeaseToken.eq(lease.token));
        unit.run(give_back.exec(&unit.tx)).await?;
        unit.finish().await
    }

    async fn bury(&self, lease: &Lease, now: Timestamp, error: &str) -> Stored<()> {
        let unit = self.unit().await?;
        let held = Entity::find_by_id(lease.job.uuid()).filter(Column::LeaseToken.eq(lease.token));
        let Some(job) = unit.run(held.one(&unit.tx)).await? else {
            return Ok(());
        };
        unit.bury(job, now, error).await?;
        unit.finish().await
    }

    async fn backlog(&self, now: Timestamp) -> Stored<Vec<(Queue, u64, Duration)>> {
        let sql =
            "SELECT queue, COUNT(*) AS waiting, MIN(run_at) AS oldest FROM jobs WHERE run_at <= $1 GROUP BY queue";
        let reader = &self.database().reader;
        let statement = Statement::from_sql_and_values(reader.get_database_backend(), sql, [now.to_chrono().into()]);
        let rows = crate::error::stored(Backlog::find_by_statement(statement).all(reader).await)?;
        rows.into_iter()
            .map(|row| {
                let queue = Queue::from_rank(row.queue).ok_or_else(|| corrupt("jobs", "queue"))?;
                Ok((queue, row.waiting.unsigned_abs(), now.since(Timestamp::new(row.oldest))))
            })
            .collect()
    }
}

#[derive(FromQueryResult)]
struct Backlog {
    queue: i16,
    waiting: i64,
    oldest: DateTimeUtc,
}

impl SqlUnit {
    async fn bury(&self, job: Model, now: Timestamp, error: &str) -> Stored<()> {
        self.run(Entity::delete_by_id(job.id).exec(&self.tx)).await?;
        let row = dead::ActiveModel {
            id: Set(job.id),
            name: Set(job.name),
            queue: Set(job.queue),
            payload: Set(job.payload),
            attempts: Set(job.attempts),
            max_tries: Set(job.max_tries),
            dedupe_key: Set(job.dedupe_key),
            error: Set(error.to_owned()),
            died_at: Set(now.to_chrono()),
        };
        self.run(dead::Entity::insert(row).exec_without_returning(&self.tx)).await?;
        Ok(())
    }
}

fn claimed(row: Model, token: Uuid) -> Stored<ClaimedJob> {
    Ok(ClaimedJob {
        lease: Lease { job: Id::new(row.id), token },
        name: row.name,
        queue: Queue::from_rank(row.queue).ok_or_else(|| corrupt("jobs", "queue"))?,
        payload: row.payload,
        attempt: u16::try_from(row.attempts).map_err(|_| corrupt("jobs", "attempts"))?,
        max_tries: u16::try_from(row.max_tries).map_err(|_| corrupt("jobs", "max_tries"))?,
    })
}
