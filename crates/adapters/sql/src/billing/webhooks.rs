//! `webhook_events`, the provider inbox, which payment providers and identity systems share. Headers and body are sealed.

use async_trait::async_trait;
use hos_domain::billing::{
    IncomingWebhook, Provider, StoredWebhook, WebhookEventId, WebhookEventRepository, WebhookOutcome,
};
use hos_domain::identity::{IdentitySystem, NewsOutcome, NewsRepository, StoredNews, StoredNewsId};
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

/// What a row needs beside its envelope.
struct Arrived<'a> {
    id: Uuid,
    sender: &'static str,
    account: &'a str,
    event_id: &'a str,
    kind: &'a str,
    received_at: Timestamp,
}

impl SqlUnit {
    async fn insert_event(&self, event: Arrived<'_>, headers: &[(String, String)], body: &[u8]) -> Stored<bool> {
        let headers = serde_json::to_vec(headers).map_err(|error| RepositoryError::Other(Box::new(error)))?;
        let row = ActiveModel {
            id: Set(event.id),
            provider: Set(event.sender.to_owned()),
            account: Set(event.account.to_owned()),
            event_id: Set(event.event_id.to_owned()),
            kind: Set(event.kind.to_owned()),
            sealed_headers: Set(self.sealer.seal(&headers)),
            sealed_body: Set(self.sealer.seal(body)),
            received_at: Set(event.received_at.to_chrono()),
            outcome: Set(None),
            outcome_detail: Set(None),
            settled_at: Set(None),
        };
        let unless_known = [Column::Provider, Column::Account, Column::EventId];
        let insert = Entity::insert(row).on_conflict_do_nothing_on(unless_known);
        self.insert_if_new(insert).await
    }

    async fn find_event(&self, id: Uuid) -> Stored<Option<(Model, IncomingWebhook)>> {
        let Some(row) = self.run(Entity::find_by_id(id).one(&self.tx)).await? else { return Ok(None) };
        let open = |sealed: &[u8], column| self.sealer.open(sealed).map_err(|_| corrupt("webhook_events", column));
        let headers = open(&row.sealed_headers, "sealed_headers")?;
        let headers = serde_json::from_slice(&headers).map_err(|_| corrupt("webhook_events", "sealed_headers"))?;
        let body = open(&row.sealed_body, "sealed_body")?;
        Ok(Some((row, IncomingWebhook { headers, body })))
    }

    async fn settle_event(&self, id: Uuid, (word, detail): (&str, String), now: Timestamp) -> Stored<()> {
        let settle = Entity::update_many()
            .col_expr(Column::Outcome, Expr::value(word))
            .col_expr(Column::OutcomeDetail, Expr::value(detail))
            .col_expr(Column::SettledAt, Expr::value(now.to_chrono()))
            .filter(Column::Id.eq(id));
        self.run(settle.exec(&self.tx)).await?;
        Ok(())
    }
}

#[async_trait]
impl WebhookEventRepository for SqlUnit {
    async fn insert(&self, event: &StoredWebhook) -> Stored<bool> {
        let arrived = Arrived {
            id: event.id.uuid(),
            sender: event.provider.name(),
            account: &event.account,
            event_id: &event.event_id,
            kind: &event.kind,
            received_at: event.received_at,
        };
        self.insert_event(arrived, &event.headers, &event.body).await
    }

    async fn find(&self, id: WebhookEventId) -> Stored<Option<StoredWebhook>> {
        let Some((row, IncomingWebhook { headers, body })) = self.find_event(id.uuid()).await? else {
            return Ok(None);
        };
        Ok(Some(StoredWebhook {
            id: Id::new(row.id),
            provider: Provider::from_name(&row.provider).ok_or_else(|| corrupt("webhook_events", "provider"))?,
            account: row.account,
            event_id: row.event_id,
            kind: row.kind,
            headers,
            body,
            received_at: Timestamp::new(row.received_at),
        }))
    }

    async fn settle(&self, id: WebhookEventId, outcome: &WebhookOutcome, now: Timestamp) -> Stored<()> {
        self.settle_event(id.uuid(), outcome.words(), now).await
    }
}

#[async_trait]
impl NewsRepository for SqlUnit {
    async fn insert(&self, news: &StoredNews) -> Stored<bool> {
        let arrived = Arrived {
            id: news.id.uuid(),
            sender: news.system.name(),
            account: "",
            event_id: &news.event_id,
            kind: &news.kind,
            received_at: news.received_at,
        };
        self.insert_event(arrived, &news.webhook.headers, &news.webhook.body).await
    }

    async fn find(&self, id: StoredNewsId) -> Stored<Option<StoredNews>> {
        let Some((row, webhook)) = self.find_event(id.uuid()).await? else { return Ok(None) };
        Ok(Some(StoredNews {
            id: Id::new(row.id),
            system: IdentitySystem::from_name(&row.provider).ok_or_else(|| corrupt("webhook_events", "provider"))?,
            event_id: row.event_id,
            kind: row.kind,
            webhook,
            received_at: Timestamp::new(row.received_at),
        }))
    }

    async fn settle(&self, id: StoredNewsId, outcome: NewsOutcome, now: Timestamp) -> Stored<()> {
        let (word, detail) = outcome.words();
        self.settle_event(id.uuid(), (word, detail.to_owned()), now).await
    }
}
