//! `passkeys` and `ceremonies`.

use async_trait::async_trait;
use hos_domain::identity::{
    CeremonyId, CeremonyRepository, FactorQueries, Passkey, PasskeyId, PasskeyRepository, PendingCeremony,
    SecondFactorState, UserId,
};
use hos_domain::kernel::{Id, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    credential: String,
    material: Vec<u8>,
    name: String,
    created_at: DateTimeUtc,
    used_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod ceremony {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "ceremonies")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) id: Uuid,
        pub(super) user_id: Option<Uuid>,
        pub(super) state: Vec<u8>,
        pub(super) expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl PasskeyRepository for SqlUnit {
    async fn insert(&self, passkey: &Passkey) -> Stored<()> {
        self.run(Entity::insert(row_of(passkey).into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn find(&self, credential: &str) -> Stored<Option<Passkey>> {
        let named = Entity::find().filter(Column::Credential.eq(credential)).lock_exclusive();
        Ok(self.run(named.one(&self.tx)).await?.map(Into::into))
    }

    async fn any(&self, user: UserId) -> Stored<bool> {
        let one = Entity::find().filter(Column::UserId.eq(user.uuid())).one(&self.tx);
        Ok(self.run(one).await?.is_some())
    }

    async fn save(&self, passkey: &Passkey) -> Stored<()> {
        let change = Entity::update_many()
            .col_expr(Column::Material, Expr::value(passkey.material.clone()))
            .col_expr(Column::UsedAt, Expr::value(passkey.used_at.map(Timestamp::to_chrono)))
            .filter(Column::Id.eq(passkey.id.uuid()));
        self.run(change.exec(&self.tx)).await?;
        Ok(())
    }

    async fn remove(&self, user: UserId, id: PasskeyId) -> Stored<bool> {
        let delete = Entity::delete_by_id(id.uuid()).filter(Column::UserId.eq(user.uuid()));
        Ok(self.run(delete.exec(&self.tx)).await?.rows_affected > 0)
    }
}

#[async_trait]
impl CeremonyRepository for SqlUnit {
    async fn keep(&self, ceremony: &PendingCeremony) -> Stored<()> {
        let row = ceremony::Model {
            id: ceremony.id.uuid(),
            user_id: ceremony.user.map(UserId::uuid),
            state: ceremony.state.clone(),
            expires_at: ceremony.expires_at.to_chrono(),
        };
        self.run(ceremony::Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn take(&self, id: CeremonyId, now: Timestamp) -> Stored<Option<PendingCeremony>> {
        let row = self.run(ceremony::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.tx)).await?;
        let taken = self.run(ceremony::Entity::delete_by_id(id.uuid()).exec(&self.tx)).await?.rows_affected > 0;
        let ceremony = row.filter(|_| taken).map(|row| PendingCeremony {
            id: Id::new(row.id),
            user: row.user_id.map(Id::new),
            state: row.state,
            expires_at: Timestamp::new(row.expires_at),
        });
        Ok(ceremony.filter(|ceremony| now < ceremony.expires_at))
    }

    async fn forget_lapsed(&self, now: Timestamp) -> Stored<u64> {
        let lapsed = ceremony::Entity::delete_many().filter(ceremony::Column::ExpiresAt.lte(now.to_chrono()));
        Ok(self.run(lapsed.exec(&self.tx)).await?.rows_affected)
    }
}

#[async_trait]
impl FactorQueries for SqlReader {
    async fn passkeys(&self, user: UserId) -> Stored<Vec<Passkey>> {
        let newest = Entity::find().filter(Column::UserId.eq(user.uuid())).order_by_desc(Column::Id);
        Ok(self.run(newest.all(self.pool())).await?.into_iter().map(Into::into).collect())
    }

    async fn second_factor(&self, user: UserId) -> Stored<SecondFactorState> {
        self.second_factor_of(user).await
    }
}

fn row_of(passkey: &Passkey) -> Model {
    Model {
        id: passkey.id.uuid(),
        user_id: passkey.user.uuid(),
        credential: passkey.credential.clone(),
        material: passkey.material.clone(),
        name: passkey.name.clone(),
        created_at: passkey.created_at.to_chrono(),
        used_at: passkey.used_at.map(Timestamp::to_chrono),
    }
}

impl From<Model> for Passkey {
    fn from(row: Model) -> Self {
        Self {
            id: Id::new(row.id),
            user: Id::new(row.user_id),
            credential: row.credential,
            material: row.material,
            name: row.name,
            created_at: Timestamp::new(row.created_at),
            used_at: row.used_at.map(Timestamp::new),
        }
    }
}
