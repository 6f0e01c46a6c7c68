//! `device_grants`. The codes themselves are not in it.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::{
    ClientName, DeviceAnswer, DeviceGrant, DeviceGrantId, DeviceGrantQueries, DeviceGrantRepository, Scopes, UserId,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QuerySelect};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

const YES: &str = "yes";
const NO: &str = "no";
const NONE: &str = "none";

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device_grants")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    device_code: Vec<u8>,
    user_code: String,
    client_name: String,
    scopes: String,
    /// In seconds.
    interval: i32,
    expires_at: DateTimeUtc,
    polled_at: Option<DateTimeUtc>,
    answer: String,
    user_id: Option<Uuid>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl DeviceGrantRepository for SqlUnit {
    async fn ask(&self, grant: &DeviceGrant, device_code: &[u8; 32], user_code: &str) -> Stored<bool> {
        let (answer, user_id) = columns_of(grant.answer);
        let row = Model {
            id: grant.id.uuid(),
            device_code: device_code.to_vec(),
            user_code: user_code.to_owned(),
            client_name: grant.client_name.as_str().to_owned(),
            scopes: grant.scopes.to_string(),
            interval: seconds(grant.interval),
            expires_at: grant.expires_at.to_chrono(),
            polled_at: grant.polled_at.map(Timestamp::to_chrono),
            answer: answer.to_owned(),
            user_id,
        };
        let insert = Entity::insert(row.into_active_model()).on_conflict_do_nothing_on([Column::UserCode]);
        self.insert_if_new(insert).await
    }

    async fn asked_by(&self, device_code: &[u8; 32]) -> Stored<Option<DeviceGrant>> {
        let row = Entity::find().filter(Column::DeviceCode.eq(device_code.to_vec())).lock_exclusive();
        self.run(row.one(&self.tx)).await?.map(DeviceGrant::try_from).transpose()
    }

    async fn shown_as(&self, user_code: &str) -> Stored<Option<DeviceGrant>> {
        let row = Entity::find().filter(Column::UserCode.eq(user_code)).lock_exclusive();
        self.run(row.one(&self.tx)).await?.map(DeviceGrant::try_from).transpose()
    }

    async fn save(&self, grant: &DeviceGrant) -> Stored<()> {
        let (answer, user) = columns_of(grant.answer);
        let change = Entity::update_many()
            .col_expr(Column::Interval, Expr::value(seconds(grant.interval)))
            .col_expr(Column::PolledAt, Expr::value(grant.polled_at.map(Timestamp::to_chrono)))
            .col_expr(Column::Answer, Expr::value(answer))
            .col_expr(Column::UserId, Expr::value(user))
            .filter(Column::Id.eq(grant.id.uuid()));
        self.run(change.exec(&self.tx)).await?;
        Ok(())
    }

    async fn remove(&self, grant: DeviceGrantId) -> Stored<()> {
        self.run(Entity::delete_by_id(grant.uuid()).exec(&self.tx)).await?;
        Ok(())
    }

    async fn forget_expired_before(&self, instant: Timestamp) -> Stored<u64> {
        let delete = Entity::delete_many().filter(Column::ExpiresAt.lt(instant.to_chrono()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected)
    }
}

#[async_trait]
impl DeviceGrantQueries for SqlReader {
    async fn asking(&self, user_code: &str) -> Stored<Option<DeviceGrant>> {
        let row = Entity::find().filter(Column::UserCode.eq(user_code));
        self.run(row.one(self.pool())).await?.map(DeviceGrant::try_from).transpose()
    }
}

fn seconds(span: Duration) -> i32 {
    i32::try_from(span.as_secs()).unwrap_or(i32::MAX)
}

fn columns_of(answer: DeviceAnswer) -> (&'static str, Option<Uuid>) {
    match answer {
        DeviceAnswer::None => (NONE, None),
        DeviceAnswer::No => (NO, None),
        DeviceAnswer::Yes(user) => (YES, Some(user.uuid())),
    }
}

fn answer_of(answer: &str, user: Option<Uuid>) -> Option<DeviceAnswer> {
    match (answer, user) {
        (NONE, None) => Some(DeviceAnswer::None),
        (NO, None) => Some(DeviceAnswer::No),
        (YES, Some(user)) => Some(DeviceAnswer::Yes(UserId::new(user))),
        _ => None,
    }
}

impl TryFrom<Model> for DeviceGrant {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("device_grants", column);
        Ok(Self {
            id: Id::new(row.id),
            client_name: ClientName::parse(&row.client_name).map_err(|_| wrong("client_name"))?,
            scopes: Scopes::from_stored(&row.scopes),
            interval: Duration::from_secs(u64::try_from(row.interval).map_err(|_| wrong("interval"))?),
            expires_at: Timestamp::new(row.expires_at),
            polled_at: row.polled_at.map(Timestamp::new),
            answer: answer_of(&row.answer, row.user_id).ok_or_else(|| wrong("answer"))?,
        })
    }
}
