//! `checkouts`.

use async_trait::async_trait;
use hos_domain::billing::{Checkout, CheckoutId, CheckoutRepository, OpenedCheckout};
use hos_domain::kernel::{RepositoryError, Stored};
use sea_orm::IntoActiveModel;
use sea_orm::entity::prelude::*;

use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "checkouts")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    user_id: Uuid,
    plan: String,
    price: String,
    provider: String,
    provider_id: Option<String>,
    url: Option<String>,
    created_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl CheckoutRepository for SqlUnit {
    async fn insert(&self, checkout: &Checkout) -> Stored<()> {
        let row = Model {
            id: checkout.id.uuid(),
            user_id: checkout.user.uuid(),
            plan: checkout.plan.as_str().to_owned(),
            price: checkout.price.as_str().to_owned(),
            provider: checkout.provider.name().to_owned(),
            provider_id: checkout.provider_id.clone(),
            url: checkout.url.clone(),
            created_at: checkout.created_at.to_chrono(),
        };
        self.run(Entity::insert(row.into_active_model()).exec_without_returning(&self.tx)).await?;
        Ok(())
    }

    async fn opened(&self, checkout: CheckoutId, opened: &OpenedCheckout) -> Stored<()> {
        let update = Entity::update_many()
            .col_expr(Column::ProviderId, Expr::value(opened.provider_id.clone()))
            .col_expr(Column::Url, Expr::value(opened.url.clone()))
            .filter(Column::Id.eq(checkout.uuid()));
        match self.run(update.exec(&self.tx)).await?.rows_affected {
            0 => Err(RepositoryError::Stale),
            _ => Ok(()),
        }
    }
}
