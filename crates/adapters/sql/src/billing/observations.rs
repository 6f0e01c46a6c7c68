//! `billing_observations`: what providers told us, for ever. The digest is the key, so what was said twice stands here
//! once.

use hos_domain::billing::{Received, Source, SubjectId};
use hos_domain::kernel::{RepositoryError, Stored, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "billing_observations")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    digest: Vec<u8>,
    pub(super) subject_id: Uuid,
    object: String,
    as_of: DateTimeUtc,
    #[sea_orm(column_type = "JsonBinary")]
    observation: Json,
    source: String,
    received_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl SqlUnit {
    pub(super) async fn insert_observation(&self, subject: SubjectId, received: &Received) -> Stored<bool> {
        let observation = &received.observation;
        let form = serde_json::to_value(observation).map_err(|error| RepositoryError::Other(Box::new(error)))?;
        let row = ActiveModel {
            digest: Set(observation.digest().as_bytes().to_vec()),
            subject_id: Set(subject.uuid()),
            object: Set(observation.object.clone()),
            as_of: Set(observation.as_of.to_chrono()),
            observation: Set(form),
            source: Set(received.source.name().to_owned()),
            received_at: Set(received.received_at.to_chrono()),
        };
        let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Digest]);
        self.insert_if_new(insert).await
    }
}

impl TryFrom<Model> for Received {
    type Error = RepositoryError;

    fn try_from(row: Model) -> Stored<Self> {
        let wrong = |column| corrupt("billing_observations", column);
        Ok(Self {
            observation: serde_json::from_value(row.observation).map_err(|_| wrong("observation"))?,
            source: Source::from_name(&row.source).ok_or_else(|| wrong("source"))?,
            received_at: Timestamp::new(row.received_at),
        })
    }
}
