//! `business_clock`: one row, shared by all processes, that only grows.

use std::time::Duration;

use hos_domain::kernel::Stored;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ExprTrait};

use crate::reader::SqlReader;
use crate::unit::SqlUnit;

const THE_ROW: i16 = 1;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "business_clock")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: i16,
    offset_micros: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn offset(row: Option<Model>) -> Duration {
    Duration::from_micros(row.map_or(0, |row| row.offset_micros.unsigned_abs()))
}

impl SqlUnit {
    pub(super) async fn wind(&self, wanted: Duration) -> Stored<Duration> {
        let micros = i64::try_from(wanted.as_micros()).unwrap_or(i64::MAX);
        let row = ActiveModel { id: Set(THE_ROW), offset_micros: Set(micros) };
        let forward = OnConflict::column(Column::Id)
            .update_column(Column::OffsetMicros)
            .action_and_where(Expr::col((Entity, Column::OffsetMicros)).lt(micros))
            .to_owned();
        self.run(Entity::insert(row).on_conflict(forward).exec_without_returning(&self.tx)).await?;
        Ok(offset(self.run(Entity::find_by_id(THE_ROW).one(&self.tx)).await?))
    }
}

impl SqlReader {
    pub(super) async fn offset(&self) -> Stored<Duration> {
        Ok(offset(self.run(Entity::find_by_id(THE_ROW).one(self.pool())).await?))
    }
}
