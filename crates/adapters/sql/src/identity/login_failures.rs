//! `login_failures`.

use async_trait::async_trait;
use hos_domain::identity::{LoginFailureQueries, LoginFailureRepository, LoginFailures};
use hos_domain::kernel::{Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QuerySelect};

use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_failures")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    name: String,
    count: i32,
    since: DateTimeUtc,
    last: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl LoginFailureRepository for SqlUnit {
    async fn of(&self, name: &str) -> Stored<Option<LoginFailures>> {
        self.take_name("login failures", name).await?;
        let row = Entity::find_by_id(name).lock_exclusive();
        Ok(self.run(row.one(&self.tx)).await?.map(Into::into))
    }

    async fn put(&self, name: &str, failures: LoginFailures) -> Stored<()> {
        let row = Model {
            name: name.to_owned(),
            count: i32::try_from(failures.count).unwrap_or(i32::MAX),
            since: failures.since.to_chrono(),
            last: failures.last.to_chrono(),
        };
        let columns = [Column::Count, Column::Since, Column::Last];
        let replace = OnConflict::column(Column::Name).update_columns(columns).to_owned();
        self.run(Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn forget(&self, name: &str) -> Stored<()> {
        self.run(Entity::delete_by_id(name).exec(&self.tx)).await?;
        Ok(())
    }

    async fn forget_last_before(&self, instant: Timestamp) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::Last.lt(instant.to_chrono()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }
}

#[async_trait]
impl LoginFailureQueries for SqlReader {
    async fn login_failures(&self, names: [&str; 2]) -> Stored<[Option<LoginFailures>; 2]> {
        let rows = self.run(Entity::find().filter(Column::Name.is_in(names)).all(self.pool())).await?;
        Ok(names.map(|name| rows.iter().find(|row| row.name == name).cloned().map(Into::into)))
    }
}

impl From<Model> for LoginFailures {
    fn from(row: Model) -> Self {
        Self {
            count: u32::try_from(row.count).unwrap_or_default(),
            since: Timestamp::new(row.since),
            last: Timestamp::new(row.last),
        }
    }
}
