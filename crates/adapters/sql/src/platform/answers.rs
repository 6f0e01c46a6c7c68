//! `kept_answers`. A row without an output is a reservation; every row lapses at `expires_at`.

use async_trait::async_trait;
use hos_domain::kernel::{RepositoryError, Stored, Timestamp};
use hos_domain::platform::{AnswerKey, AnswerRepository, AnswerState, Fingerprint, KeptAnswer};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{OnConflict, SimpleExpr};
use sea_orm::{ActiveValue::Set, Condition, ExprTrait};

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "kept_answers")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    principal: String,
    #[sea_orm(primary_key, auto_increment = false)]
    route: String,
    #[sea_orm(primary_key, auto_increment = false)]
    key: String,
    fingerprint: Vec<u8>,
    sealed_output: Option<Vec<u8>>,
    expires_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

fn at(key: &AnswerKey) -> Condition {
    Condition::all()
        .add(Column::Principal.eq(&key.principal))
        .add(Column::Route.eq(&key.route))
        .add(Column::Key.eq(&key.key))
}

#[async_trait]
impl AnswerRepository for SqlUnit {
    async fn find(&self, key: &AnswerKey, now: Timestamp) -> Stored<Option<KeptAnswer>> {
        let valid = Entity::find().filter(at(key)).filter(Column::ExpiresAt.gt(now.to_chrono()));
        let Some(row) = self.run(valid.one(&self.tx)).await? else {
            return Ok(None);
        };
        let fingerprint =
            Fingerprint::from_bytes(&row.fingerprint).ok_or_else(|| corrupt("kept_answers", "fingerprint"))?;
        let state = match row.sealed_output {
            None => AnswerState::Reserved { until: Timestamp::new(row.expires_at) },
            Some(sealed) => {
                AnswerState::Answered(self.sealer.open(&sealed).map_err(|_| corrupt("kept_answers", "sealed_output"))?)
            }
        };
        Ok(Some(KeptAnswer { fingerprint, state }))
    }

    async fn reserve(&self, key: &AnswerKey, now: Timestamp, until: Timestamp) -> Stored<()> {
        let lapsed = Column::ExpiresAt.lte(now.to_chrono());
        self.put(key, None, until, lapsed).await
    }

    async fn keep(&self, key: &AnswerKey, output: &[u8], now: Timestamp, expires_at: Timestamp) -> Stored<()> {
        let open = Column::SealedOutput.is_null().or(Column::ExpiresAt.lte(now.to_chrono()));
        self.put(key, Some(self.sealer.seal(output)), expires_at, open).await
    }

    async fn release(&self, key: &AnswerKey) -> Stored<()> {
        let reservation = Entity::delete_many().filter(at(key)).filter(Column::SealedOutput.is_null());
        self.run(reservation.exec(&self.tx)).await?;
        Ok(())
    }

    async fn forget_lapsed(&self, now: Timestamp) -> Stored<u64> {
        let lapsed = Entity::delete_many().filter(Column::ExpiresAt.lte(now.to_chrono()));
        Ok(self.run(lapsed.exec(&self.tx)).await?.rows_affected)
    }
}

impl SqlUnit {
    /// Writes the row of a key that is free, or whose present row may be replaced.
    async fn put(
        &self,
        key: &AnswerKey,
        sealed_output: Option<Vec<u8>>,
        expires_at: Timestamp,
        replaceable: SimpleExpr,
    ) -> Stored<()> {
        let row = ActiveModel {
            principal: Set(key.principal.clone()),
            route: Set(key.route.clone()),
            key: Set(key.key.clone()),
            fingerprint: Set(key.fingerprint.as_bytes().to_vec()),
            sealed_output: Set(sealed_output),
            expires_at: Set(expires_at.to_chrono()),
        };
        let replace = OnConflict::columns([Column::Principal, Column::Route, Column::Key])
            .update_columns([Column::Fingerprint, Column::SealedOutput, Column::ExpiresAt])
            .action_and_where(replaceable)
            .to_owned();
        let insert = Entity::insert(row).on_conflict(replace);
        match self.run(insert.exec_without_returning(&self.tx)).await {
            Ok(0) => Err(RepositoryError::Conflict),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
