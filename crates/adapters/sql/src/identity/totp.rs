//! `user_totp` and `recovery_codes`. Secrets are sealed, codes hashed.

use async_trait::async_trait;
use hos_domain::identity::{
    RecoveryCodeHash, RecoveryCodeRepository, SecondFactorState, Totp, TotpRepository, TotpSecret, UserId,
};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{IntoActiveModel, QuerySelect};

use crate::error::corrupt;
use crate::reader::SqlReader;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_totp")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    user_id: Uuid,
    secret: Vec<u8>,
    confirmed_at: Option<DateTimeUtc>,
    last_step: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

mod recovery_code {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_codes")]
    pub(super) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(super) hash: Vec<u8>,
        pub(super) user_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub(super) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

#[async_trait]
impl TotpRepository for SqlUnit {
    async fn find(&self, user: UserId) -> Stored<Option<Totp>> {
        let Some(row) = self.run(Entity::find_by_id(user.uuid()).lock_exclusive().one(&self.tx)).await? else {
            return Ok(None);
        };
        let secret = self.sealer.open(&row.secret).map_err(|error| RepositoryError::Corrupt(error.to_string()))?;
        let secret = secret.try_into().map_err(|_| corrupt("user_totp", "secret"))?;
        Ok(Some(Totp {
            user: Id::new(row.user_id),
            secret: TotpSecret::new(secret),
            confirmed_at: row.confirmed_at.map(Timestamp::new),
            last_step: row.last_step.and_then(|step| u64::try_from(step).ok()),
        }))
    }

    async fn put(&self, totp: &Totp) -> Stored<()> {
        let row = Model {
            user_id: totp.user.uuid(),
            secret: self.sealer.seal(totp.secret.expose()),
            confirmed_at: totp.confirmed_at.map(Timestamp::to_chrono),
            last_step: totp.last_step.and_then(|step| i64::try_from(step).ok()),
        };
        let columns = [Column::Secret, Column::ConfirmedAt, Column::LastStep];
        let replace = OnConflict::column(Column::UserId).update_columns(columns).to_owned();
        self.run(Entity::insert(row.into_active_model()).on_conflict(replace).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn remove(&self, user: UserId) -> Stored<bool> {
        Ok(self.run(Entity::delete_by_id(user.uuid()).exec(&self.tx)).await?.rows_affected > 0)
    }
}

#[async_trait]
impl RecoveryCodeRepository for SqlUnit {
    async fn replace(&self, user: UserId, codes: &[RecoveryCodeHash]) -> Stored<()> {
        use recovery_code::{Column as CodeColumn, Entity as Codes, Model as Code};
        self.run(Codes::delete_many().filter(CodeColumn::UserId.eq(user.uuid())).exec(&self.tx)).await?;
        let rows = codes.iter().map(|code| Code { hash: code.as_bytes().to_vec(), user_id: user.uuid() });
        let rows: Vec<_> = rows.map(IntoActiveModel::into_active_model).collect();
        if !rows.is_empty() {
            self.run(Codes::insert_many(rows).exec_without_returning(&self.tx)).await?;
        }
        Ok(())
    }

    async fn take(&self, user: UserId, code: &RecoveryCodeHash) -> Stored<bool> {
        use recovery_code::{Column as CodeColumn, Entity as Codes};
        let used = Codes::delete_many()
            .filter(CodeColumn::Hash.eq(code.as_bytes().to_vec()))
            .filter(CodeColumn::UserId.eq(user.uuid()));
        Ok(self.run(used.exec(&self.tx)).await?.rows_affected > 0)
    }
}

impl SqlReader {
    pub(super) async fn second_factor_of(&self, user: UserId) -> Stored<SecondFactorState> {
        use recovery_code::{Column as CodeColumn, Entity as Codes};
        let row = self.run(Entity::find_by_id(user.uuid()).one(self.pool())).await?;
        let left = Codes::find().filter(CodeColumn::UserId.eq(user.uuid())).count(self.pool());
        let totp = row.is_some_and(|row| row.confirmed_at.is_some());
        Ok(SecondFactorState { totp, recovery_codes_left: self.run(left).await? })
    }
}
