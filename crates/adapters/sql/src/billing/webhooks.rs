//! `webhook_events`, the provider inbox. Headers and body are sealed.

use async_trait::async_trait;
use hos_domain::billing::{Provider, StoredWebhook, WebhookEventId, WebhookEventRepository, WebhookOutcome};
use hos_domain::kernel::{Id, RepositoryError, Stored, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;

use crate::error::corrupt;
use crate::unit::SqlUnit;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_events")]
pub(super) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    id: Uuid,
    provider: String,
    account: String,
    event_id: String,
    kind: String,
    sealed_headers: Vec<u8>,
    sealed_body: Vec<u8>,
    received_at: DateTimeUtc,
    outcome: Option<String>,
    outcome_detail: Option<String>,
    settled_at: Option<DateTimeUtc>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(super) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

#[async_trait]
impl WebhookEventRepository for SqlUnit {
    async fn insert(&self, event: &StoredWebhook) -> Stored<bool> {
        let headers = serde_json::to_vec(&event.headers).map_err(|error| RepositoryError::Other(Box::new(error)))?;
        let row = ActiveModel {
            id: Set(event.id.uuid()),
            provider: Set(event.provider.name().to_owned()),
            account: Set(event.account.clone()),
            event_id: Set(event.event_id.clone()),
            kind: Set(event.kind.clone()),
            sealed_headers: Set(self.sealer.seal(&headers)),
            sealed_body: Set(self.sealer.seal(&event.body)),
            received_at: Set(event.received_at.to_chrono()),
            outcome: Set(None),
            outcome_detail: Set(None),
            settled_at: Set(None),
        };
        let unless_known = [Column::Provider, Column::Account, Column::EventId];
        let insert = Entity::insert(row).on_conflict_do_nothing_on(unless_known);
        self.insert_if_new(insert).await
    }

    async fn find(&self, id: WebhookEventId) -> Stored<Option<StoredWebhook>> {
        let Some(row) = self.run(Entity::find_by_id(id.uuid()).one(&self.tx)).await? else { return Ok(None) };
        let open = |sealed: &[u8], column| self.sealer.open(sealed).map_err(|_| corrupt("webhook_events", column));
        let headers = open(&row.sealed_headers, "sealed_headers")?;
        Ok(Some(StoredWebhook {
            id: Id::new(row.id),
            provider: Provider::from_name(&row.provider).ok_or_else(|| corrupt("webhook_events", "provider"))?,
            account: row.account,
            event_id: row.event_id,
            kind: row.kind,
            headers: serde_json::from_slice(&headers).map_err(|_| corrupt("webhook_events", "sealed_headers"))?,
            body: open(&row.sealed_body, "sealed_body")?,
            received_at: Timestamp::new(row.received_at),
        }))
    }

    async fn settle(&self, id: WebhookEventId, outcome: &WebhookOutcome, now: Timestamp) -> Stored<()> {
        let (word, detail) = outcome.words();
        let settle = Entity::update_many()
            .col_expr(Column::Outcome, Expr::value(word))
            .col_expr(Column::OutcomeDetail, Expr::value(detail))
            .col_expr(Column::SettledAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(id.uuid()));
        self.run(settle.exec(&self.tx)).await?;
        Ok(())
    }
}
