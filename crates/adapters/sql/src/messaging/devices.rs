//! `devices`. A token is one device, whoever's it is now.

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Id, Locale, RepositoryError, Stored, Timestamp};
use hos_domain::messaging::{AppVersion, Device, DeviceId, DeviceQueries, DeviceRepository, DeviceToken, Platform};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QueryOrder};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "devices")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    platform: String,
    token: String,
    app_version: Option<String>,
    locale: Option<String>,
    is_active: bool,
    registered_at: DateTimeUtc,
    created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl DeviceRepository for SqlUnit {
    async fn register(&self, device: &Device) -> Stored<Device> {
        let row = Model {
            id: device.id.uuid(),
            user_id: device.user.uuid(),
            platform: device.platform.name().to_owned(),
            token: device.token.as_str().to_owned(),
            app_version: device.app_version.as_ref().map(|version| version.as_str().to_owned()),
            locale: device.locale.clone().map(Into::into),
            is_active: true,
            registered_at: device.created_at.to_chrono(),
            created_at: device.created_at.to_chrono(),
        };
        use Column::{AppVersion, IsActive, Locale, Platform, RegisteredAt, Token, UserId};
        let renewed = [UserId, Platform, AppVersion, Locale, IsActive, RegisteredAt];
        let move_here = OnConflict::column(Token).update_columns(renewed).to_owned();
        let insert = Entity::insert(row.into_active_model()).on_conflict(move_here);
        self.run(insert.exec_without_returning(&self.tx)).await?;
        let standing = Entity::find().filter(Token.eq(device.token.as_str()));
        self.run(standing.one(&self.tx)).await?.ok_or(RepositoryError::Stale)?.try_into()
    }

    async fn remove(&self, user: UserId, id: DeviceId) -> Stored<bool> {
        let mine = Entity::delete_many().filter(Column::Id.eq(id.uuid())).filter(Column::UserId.eq(user.uuid()));
        Ok(self.run(mine.exec(&self.tx)).await?.rows_affected > 0)
    }

    async fn active(&self, user: UserId) -> Stored<Vec<Device>> {
        let active = Entity::find().filter(Column::UserId.eq(user.uuid())).filter(Column::IsActive.eq(true));
        self.run(active.all(&self.tx)).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn deactivate(&self, token: &DeviceToken, as_of: Timestamp) -> Stored<()> {
        let dead = Entity::update_many()
            .col_expr(Column::IsActive, Expr::value(false))
            .filter(Column::Token.eq(token.as_str()))
            .filter(Column::RegisteredAt.lte(as_of.to_chrono()));
        self.run(dead.exec(&self.tx)).await?;
        Ok(())
    }
}

#[async_trait]
impl DeviceQueries for SqlReader {
    async fn devices(&self, user: UserId) -> Stored<Vec<Device>> {
        let query = Entity::find().filter(Column::UserId.eq(user.uuid())).order_by_desc(Column::Id);
        self.run(query.all(self.pool())).await?.into_iter().map(TryInto::try_into).collect()
    }
}

impl TryFrom<Model> for Device {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("devices", column);
        let app_version = row.app_version.map(|version| AppVersion::parse(&version)).transpose();
        Ok(Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            platform: Platform::parse(&row.platform).map_err(|_| wrong("platform"))?,
            token: DeviceToken::parse(&row.token).map_err(|_| wrong("token"))?,
            app_version: app_version.map_err(|_| wrong("app_version"))?,
            locale: row.locale.map(|tag| Locale::parse(&tag)).transpose().map_err(|_| wrong("locale"))?,
            is_active: row.is_active,
            created_at: Timestamp::new(row.created_at),
        })
    }
}
