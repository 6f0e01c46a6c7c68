//! `consents`.

use async_trait::async_trait;
use hos_domain::identity::{Consent, ConsentRepository, UserId};
use hos_domain::kernel::Stored;
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consents")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    purpose: String,
    version: Option<String>,
    granted: bool,
    at: DateTimeUtc,
    source: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl ConsentRepository for SqlUnit {
    async fn record(&self, id: Uuid, user: UserId, consent: &Consent) -> Stored<()> {
        let row = Model {
            id,
            user_id: user.uuid(),
            purpose: consent.purpose.name().to_owned(),
            version: consent.version.as_ref().map(|version| version.as_str().to_owned()),
            granted: consent.granted,
            at: consent.at.to_chrono(),
            source: consent.source.to_owned(),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }
}
