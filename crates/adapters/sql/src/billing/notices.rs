//! `billing_notices`: what a member was told, each fact at most once.

use hos_domain::billing::{Notice, SubjectId};
use hos_domain::kernel::{Stored, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_notices")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    subject_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    key: String,
    noted_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SqlUnit {
    pub(super) async fn insert_notice(&self, subject: SubjectId, notice: &Notice, now: Timestamp) -> Stored<bool> {
        let row = Model { subject_id: subject.uuid(), key: notice.key.clone(), noted_at: now.to_chrono() };
        self.keep_notice(subject.uuid(), row).await
    }

    pub(super) async fn keep_notice(&self, subject: Uuid, notice: Model) -> Stored<bool> {
        let row = ActiveModel { subject_id: Set(subject), key: Set(notice.key), noted_at: Set(notice.noted_at) };
        let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::SubjectId, Column::Key]);
        self.insert_if_new(insert).await
    }
}
