//! `jobs`, seen from inside a unit of work.

use async_trait::async_trait;
use hos_domain::kernel::{RepositoryError, Stored};
use hos_domain::platform::{Lease, NewJob, Outbox};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use super::jobs::{ActiveModel, Column, Entity};
use crate::unit::SqlUnit;

#[async_trait]
impl Outbox for SqlUnit {
    async fn enqueue(&self, job: NewJob) -> Stored<()> {
        let row = ActiveModel {
            id: Set(job.id.uuid()),
            name: Set(job.name.to_owned()),
            queue: Set(job.queue.rank()),
            payload: Set(job.payload),
            run_at: Set(job.run_at.to_chrono()),
            attempts: Set(0),
            max_tries: Set(i32::from(job.max_tries)),
            lease_token: Set(None),
            dedupe_key: Set(job.dedupe_key),
            last_error: Set(None),
            created_at: Set(job.run_at.to_chrono()),
        };
        let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Name, Column::DedupeKey]);
        if self.insert_if_new(insert).await? {
            self.note_enqueued();
        }
        Ok(())
    }

    async fn complete(&self, lease: &Lease) -> Stored<()> {
        let finished =
            Entity::delete_many().filter(Column::Id.eq(lease.job.uuid())).filter(Column::LeaseToken.eq(lease.token));
        match self.run(finished.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }
}
