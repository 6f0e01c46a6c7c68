//! `user_passwords`.

use async_trait::async_trait;
use hos_domain::identity::{PasswordHash, PasswordRepository, UserId};
use hos_domain::kernel::{Stored, Timestamp};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;

use super::users;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_passwords")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    pub(super) hash: String,
    changed_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {
    #[sea_orm(belongs_to = "users::Entity", from = "Column::UserId", to = "users::Column::Id")]
    User,
}

impl Related<users::Entity> for Entity {
    fn to() -> RelationDef {
        Relation::User.def()
    }
}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl PasswordRepository for SqlUnit {
    async fn put(&self, user: UserId, hash: &PasswordHash, now: Timestamp) -> Stored<()> {
        let row = Model { user_id: user.uuid(), hash: hash.as_str().to_owned(), changed_at: now.to_chrono() };
        let replace = OnConflict::column(Column::UserId).update_columns([Column::Hash, Column::ChangedAt]).to_owned();
        self.run(Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn exists(&self, user: UserId) -> Stored<bool> {
        Ok(self.run(Entity::find_by_id(user.uuid()).one(&self.tx)).await?.is_some())
    }

    async fn remove(&self, user: UserId) -> Stored<()> {
        self.run(Entity::delete_by_id(user.uuid()).exec(&self.tx)).await?;
        Ok(())
    }

    async fn upgrade(&self, user: UserId, old: &PasswordHash, new: &PasswordHash) -> Stored<()> {
        let upgrade = Entity::update_many()
            .col_expr(Column::Hash, Expr::value(new.as_str()))
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::Hash.eq(old.as_str()));
        self.run(upgrade.exec(&self.tx)).await?;
        Ok(())
    }
}
