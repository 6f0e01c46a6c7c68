//! The sandbox inside a unit of work.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{RepositoryError, Stored, Timestamp};
use hos_domain::sandbox::{SandboxCheckout, SandboxCustomer, SandboxEvent, SandboxRepository};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder, QuerySelect};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::rows::{checkout, customer, event};
use crate::error::corrupt;
use crate::unit::SqlUnit;

#[async_trait]
impl SandboxRepository for SqlUnit {
    async fn open_checkout(&self, key: &str, wanted: SandboxCheckout) -> Stored<SandboxCheckout> {
        let row =
            checkout::ActiveModel { id: Set(wanted.id.clone()), key: Set(key.to_owned()), state: Set(json(&wanted)?) };
        let insert = checkout::Entity::insert(row).on_conflict_do_nothing_on([checkout::Column::Key]);
        self.run(insert.exec_without_returning(&self.tx)).await?;
        let kept = checkout::Entity::find().filter(checkout::Column::Key.eq(key));
        let kept = self.run(kept.one(&self.tx)).await?.ok_or(RepositoryError::Stale)?;
        read(kept.state, "sandbox_checkouts")
    }

    async fn lock_checkout(&self, id: &str) -> Stored<Option<SandboxCheckout>> {
        let row = self.run(checkout::Entity::find_by_id(id).lock_exclusive().one(&self.tx)).await?;
        row.map(|row| read(row.state, "sandbox_checkouts")).transpose()
    }

    async fn save_checkout(&self, changed: &SandboxCheckout) -> Stored<()> {
        let update = checkout::Entity::update_many()
            .col_expr(checkout::Column::State, Expr::value(json(changed)?))
            .filter(checkout::Column::Id.eq(&changed.id));
        match self.run(update.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }

    async fn lock_customer_of(&self, user: UserId) -> Stored<Option<SandboxCustomer>> {
        let of_user = customer::Entity::find().filter(customer::Column::UserId.eq(user.uuid())).lock_exclusive();
        let row = self.run(of_user.one(&self.tx)).await?;
        row.map(|row| read(row.state, "sandbox_customers")).transpose()
    }

    async fn lock_customer(&self, id: &str) -> Stored<Option<SandboxCustomer>> {
        let row = self.run(customer::Entity::find_by_id(id).lock_exclusive().one(&self.tx)).await?;
        row.map(|row| read(row.state, "sandbox_customers")).transpose()
    }

    async fn lock_next_due(&self, until: Timestamp) -> Stored<Option<SandboxCustomer>> {
        let due = customer::Entity::find()
            .filter(customer::Column::DueAt.lte(until.to_chrono()))
            .order_by_asc(customer::Column::DueAt)
            .limit(1)
            .lock_exclusive();
        let row = self.run(due.one(&self.tx)).await?;
        row.map(|row| read(row.state, "sandbox_customers")).transpose()
    }

    async fn save_customer(&self, changed: &SandboxCustomer, due: Option<Timestamp>) -> Stored<()> {
        let row = customer::ActiveModel {
            id: Set(changed.id.clone()),
            user_id: Set(changed.user.uuid()),
            state: Set(json(changed)?),
            due_at: Set(due.map(Timestamp::to_chrono)),
        };
        let update = [customer::Column::State, customer::Column::DueAt];
        let replace = OnConflict::column(customer::Column::Id).update_columns(update).to_owned();
        self.run(customer::Entity::insert(row).on_conflict(replace).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn keep_event(&self, kept: &SandboxEvent) -> Stored<()> {
        let row = event::ActiveModel {
            id: Set(kept.id.clone()),
            kind: Set(kept.kind.clone()),
            created: Set(kept.created.to_chrono()),
            body: Set(kept.body.clone()),
        };
        self.run(event::Entity::insert(row).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn find_event(&self, id: &str) -> Stored<Option<SandboxEvent>> {
        let row = self.run(event::Entity::find_by_id(id).one(&self.tx)).await?;
        let event = |row: event::Model| SandboxEvent {
            id: row.id,
            kind: row.kind,
            created: Timestamp::new(row.created),
            body: row.body,
        };
        Ok(row.map(event))
    }

    async fn wind_clock(&self, offset: Duration) -> Stored<Duration> {
        self.wind(offset).await
    }
}

fn json(value: &impl Serialize) -> Stored<Json> {
    serde_json::to_value(value).map_err(|error| RepositoryError::Other(Box::new(error)))
}

pub(super) fn read<T: DeserializeOwned>(state: Json, table: &str) -> Stored<T> {
    serde_json::from_value(state).map_err(|_| corrupt(table, "state"))
}
