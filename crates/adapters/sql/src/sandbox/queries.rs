//! Reading the sandbox, beside any writer.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Stored, Timestamp};
use hos_domain::platform::Queue;
use hos_domain::sandbox::{SandboxCheckout, SandboxCustomer, SandboxQueries};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, QueryTrait};

use super::repository::read;
use super::rows::{checkout, customer};
use crate::platform::jobs;
use crate::reader::SqlReader;

#[async_trait]
impl SandboxQueries for SqlReader {
    async fn checkout(&self, id: &str) -> Stored<Option<SandboxCheckout>> {
        let row = self.run(checkout::Entity::find_by_id(id).one(self.pool())).await?;
        row.map(|row| read(row.state, "sandbox_checkouts")).transpose()
    }

    async fn customer(&self, id: &str) -> Stored<Option<SandboxCustomer>> {
        let row = self.run(customer::Entity::find_by_id(id).one(self.pool())).await?;
        row.map(|row| read(row.state, "sandbox_customers")).transpose()
    }

    async fn customers(&self, after: Option<&str>, most: u64) -> Stored<Vec<SandboxCustomer>> {
        let after = after.map(|after| customer::Column::Id.gt(after));
        let page = customer::Entity::find().apply_if(after, QueryFilter::filter);
        let rows = self.run(page.order_by_asc(customer::Column::Id).limit(most).all(self.pool())).await?;
        rows.into_iter().map(|row| read(row.state, "sandbox_customers")).collect()
    }

    async fn next_due(&self) -> Stored<Option<Timestamp>> {
        let due = customer::Entity::find()
            .filter(customer::Column::DueAt.is_not_null())
            .order_by_asc(customer::Column::DueAt)
            .limit(1);
        Ok(self.run(due.one(self.pool())).await?.and_then(|row| row.due_at).map(Timestamp::new))
    }

    async fn clock_offset(&self) -> Stored<Duration> {
        self.offset().await
    }

    /// Deliveries and the processing of what was delivered are jobs of one queue. A job that failed and waits for its
    /// next try is settled as far as anybody can wait for.
    async fn unsettled(&self) -> Stored<u64> {
        let waiting = jobs::Entity::find()
            .filter(jobs::Column::Queue.eq(Queue::Webhooks.rank()))
            .filter(jobs::Column::LastError.is_null());
        self.run(waiting.count(self.pool())).await
    }
}
