//! `api_keys`. The key itself is not in it.

use async_trait::async_trait;
use hos_domain::identity::{
    ApiKey, ApiKeyHash, ApiKeyId, ApiKeyName, ApiKeyQueries, ApiKeyRepository, Scopes, UserId, UserStatus,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, IntoActiveModel, QueryOrder, QuerySelect};

use super::users;
use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    hash: Vec<u8>,
    prefix: String,
    name: String,
    scopes: String,
    created_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    last_used_at: Option<DateTimeUtc>,
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

/// A user's keys that count.
fn live(user: UserId, now: Timestamp) -> Select<Entity> {
    Entity::find()
        .filter(Condition::all().add(Column::UserId.eq(user.uuid())).add(Column::ExpiresAt.gt(now.to_chrono())))
}

#[async_trait]
impl ApiKeyRepository for SqlUnit {
    async fn insert(&self, key: &ApiKey, hash: &ApiKeyHash) -> Stored<()> {
        let row = Model {
            id: key.id.uuid(),
            user_id: key.user.uuid(),
            hash: hash.as_bytes().to_vec(),
            prefix: key.prefix.clone(),
            name: key.name.as_str().to_owned(),
            scopes: key.scopes.to_string(),
            created_at: key.created_at.to_chrono(),
            expires_at: key.expires_at.to_chrono(),
            last_used_at: key.last_used_at.map(Timestamp::to_chrono),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn count_live(&self, user: UserId, now: Timestamp) -> Stored<u64> {
        self.take_name("api keys", &user.to_string()).await?;
        self.run(live(user, now).count(&self.tx)).await
    }

    async fn remove(&self, user: UserId, key: ApiKeyId, now: Timestamp) -> Stored<Option<ApiKey>> {
        let row = live(user, now).filter(Column::Id.eq(key.uuid())).lock_exclusive();
        let Some(row) = self.run(row.one(&self.tx)).await? else {
            return Ok(None);
        };
        self.run(Entity::delete_by_id(key.uuid()).exec(&self.tx)).await?;
        row.try_into().map(Some)
    }

    async fn remove_all(&self, user: UserId) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::UserId.eq(user.uuid()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }

    async fn note_use(&self, key: ApiKeyId, now: Timestamp) -> Stored<()> {
        let long_ago = Column::LastUsedAt.lte((now - ApiKey::NOTED_EVERY).to_chrono());
        let note = Entity::update_many()
            .col_expr(Column::LastUsedAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(key.uuid()))
            .filter(Condition::any().add(Column::LastUsedAt.is_null()).add(long_ago));
        self.run(note.exec(&self.tx)).await?;
        Ok(())
    }

    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::ExpiresAt.lt(instant.to_chrono()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }
}

#[async_trait]
impl ApiKeyQueries for SqlReader {
    async fn key_with(&self, hash: &ApiKeyHash) -> Stored<Option<ApiKey>> {
        let key = Entity::find()
            .inner_join(users::Entity)
            .filter(Column::Hash.eq(hash.as_bytes().to_vec()))
            .filter(users::Column::Status.eq(UserStatus::Active.name()))
            .filter(users::Column::DeletedAt.is_null());
        self.run(key.one(self.pool())).await?.map(ApiKey::try_from).transpose()
    }

    async fn key(&self, user: UserId, key: ApiKeyId, now: Timestamp) -> Stored<Option<ApiKey>> {
        let key = live(user, now).filter(Column::Id.eq(key.uuid()));
        self.run(key.one(self.pool())).await?.map(ApiKey::try_from).transpose()
    }

    async fn keys(&self, user: UserId, now: Timestamp) -> Stored<Vec<ApiKey>> {
        let newest = live(user, now).order_by_desc(Column::Id).limit(ApiKey::MOST);
        self.run(newest.all(self.pool())).await?.into_iter().map(ApiKey::try_from).collect()
    }
}

impl TryFrom<Model> for ApiKey {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        Ok(Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            name: ApiKeyName::parse(&row.name).map_err(|_| corrupt("api_keys", "name"))?,
            scopes: Scopes::from_stored(&row.scopes),
            prefix: row.prefix,
            created_at: Timestamp::new(row.created_at),
            expires_at: Timestamp::new(row.expires_at),
            last_used_at: row.last_used_at.map(Timestamp::new),
        })
    }
}
