//! `uploads`.

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use hos_domain::media::{ImageType, ObjectKey, Upload, UploadRepository};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "uploads")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    key: String,
    user_id: Uuid,
    content_type: String,
    expires_at: DateTimeUtc,
    used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl UploadRepository for SqlUnit {
    async fn open_count(&self, user: UserId, now: Timestamp) -> Stored<u64> {
        let open = Entity::find()
            .filter(Column::UserId.eq(user.uuid()))
            .filter(Column::ExpiresAt.gt(now.to_chrono()))
            .filter(Column::UsedAt.is_null());
        self.run(open.count(&self.tx)).await
    }

    async fn insert(&self, upload: &Upload) -> Stored<()> {
        let row = Model {
            key: upload.key.as_str().to_owned(),
            user_id: upload.user.uuid(),
            content_type: upload.content_type.name().to_owned(),
            expires_at: upload.expires_at.to_chrono(),
            used_at: upload.used_at.map(Timestamp::to_chrono),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn find(&self, user: UserId, key: &ObjectKey) -> Stored<Option<Upload>> {
        let mine = Entity::find_by_id(key.as_str()).filter(Column::UserId.eq(user.uuid()));
        self.run(mine.one(&self.tx)).await?.map(TryInto::try_into).transpose()
    }

    async fn take(&self, key: &ObjectKey, now: Timestamp) -> Stored<bool> {
        let use_it = Entity::update_many()
            .col_expr(Column::UsedAt, Expr::value(now.to_chrono()))
            .filter(Column::Key.eq(key.as_str()))
            .filter(Column::UsedAt.is_null());
        Ok(self.run(use_it.exec(&self.tx)).await?.rows_affected > 0)
    }

    async fn forget_ended(&self, before: Timestamp, most: u64) -> Stored<Vec<Upload>> {
        let ended = Entity::find().filter(Column::ExpiresAt.lt(before.to_chrono())).limit(most);
        let rows = self.run(ended.all(&self.tx)).await?;
        let keys: Vec<&str> = rows.iter().map(|row| row.key.as_str()).collect();
        self.run(Entity::delete_many().filter(Column::Key.is_in(keys)).exec(&self.tx)).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }
}

impl TryFrom<Model> for Upload {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("uploads", column);
        Ok(Self {
            key: ObjectKey::parse(&row.key).map_err(|_| wrong("key"))?,
            user: Id::new(row.user_id),
            content_type: ImageType::parse(&row.content_type).map_err(|_| wrong("content_type"))?,
            expires_at: Timestamp::new(row.expires_at),
            used_at: row.used_at.map(Timestamp::new),
        })
    }
}
