//! The provider inbox, subjects and their observations, what is derived from them, and checkouts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary, boolean, json_binary, pk_uuid, string, string_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(webhook_events()).await?;
        manager.create_index(one_event_per_provider_id()).await?;
        manager.create_table(subjects()).await?;
        manager.create_index(one_subject_per_customer()).await?;
        manager.create_index(index("billing_subjects_by_user", "billing_subjects", &["user_id"])).await?;
        manager.create_index(index("billing_subjects_by_rules", "billing_subjects", &["rules", "id"])).await?;
        manager.create_table(objects()).await?;
        manager.create_index(index("billing_objects_by_subject", "billing_objects", &["subject_id"])).await?;
        manager.create_table(observations()).await?;
        manager.create_index(index("billing_observations_by_subject", "billing_observations", &["subject_id"])).await?;
        manager.create_table(notices()).await?;
        manager.create_table(subscriptions()).await?;
        manager.create_index(index("subscriptions_by_user", "subscriptions", &["user_id"])).await?;
        manager.create_index(index("subscriptions_by_id", "subscriptions", &["provider_subscription_id"])).await?;
        manager.create_table(entitlements()).await?;
        manager.create_index(index("entitlements_by_user", "entitlements", &["user_id", "entitlement"])).await?;
        manager.create_table(checkouts()).await?;
        manager.create_index(index("checkouts_by_user", "checkouts", &["user_id"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = [
            "checkouts",
            "entitlements",
            "subscriptions",
            "billing_notices",
            "billing_observations",
            "billing_objects",
            "billing_subjects",
            "webhook_events",
        ];
        for table in tables {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn index(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).to_owned();
    for column in columns {
        index.col(*column);
    }
    index
}

fn webhook_events() -> TableCreateStatement {
    Table::create()
        .table("webhook_events")
        .col(pk_uuid("id"))
        .col(string("provider"))
        .col(string("account"))
        .col(string("event_id"))
        .col(string("kind"))
        .col(binary("sealed_headers"))
        .col(binary("sealed_body"))
        .col(timestamp_with_time_zone("received_at"))
        .col(string_null("outcome"))
        .col(text_null("outcome_detail"))
        .col(timestamp_with_time_zone_null("settled_at"))
        .to_owned()
}

/// `account` is empty, never NULL, for a provider's only account: NULL would defeat the uniqueness.
fn one_event_per_provider_id() -> IndexCreateStatement {
    index("webhook_events_by_provider_id", "webhook_events", &["provider", "account", "event_id"]).unique().to_owned()
}

/// `user_id` references nothing: what was paid is remembered when its user is gone.
fn subjects() -> TableCreateStatement {
    Table::create()
        .table("billing_subjects")
        .col(pk_uuid("id"))
        .col(string("provider"))
        .col(string("environment"))
        .col(string("account"))
        .col(string_null("customer"))
        .col(uuid_null("user_id"))
        .col(string("rules"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn one_subject_per_customer() -> IndexCreateStatement {
    let columns = ["provider", "environment", "account", "customer"];
    index("billing_subjects_by_customer", "billing_subjects", &columns).unique().to_owned()
}

fn objects() -> TableCreateStatement {
    Table::create()
        .table("billing_objects")
        .col(string("provider"))
        .col(string("environment"))
        .col(string("account"))
        .col(string("object"))
        .col(uuid("subject_id"))
        .primary_key(Index::create().col("provider").col("environment").col("account").col("object"))
        .foreign_key(&mut belongs_to("billing_objects", "subject_id", "billing_subjects"))
        .to_owned()
}

fn observations() -> TableCreateStatement {
    Table::create()
        .table("billing_observations")
        .col(binary("digest").primary_key().take())
        .col(uuid("subject_id"))
        .col(string("object"))
        .col(timestamp_with_time_zone("as_of"))
        .col(json_binary("observation"))
        .col(string("source"))
        .col(timestamp_with_time_zone("received_at"))
        .foreign_key(&mut belongs_to("billing_observations", "subject_id", "billing_subjects"))
        .to_owned()
}

fn notices() -> TableCreateStatement {
    Table::create()
        .table("billing_notices")
        .col(uuid("subject_id"))
        .col(string("key"))
        .col(timestamp_with_time_zone("noted_at"))
        .primary_key(Index::create().col("subject_id").col("key"))
        .foreign_key(&mut belongs_to("billing_notices", "subject_id", "billing_subjects"))
        .to_owned()
}

fn subscriptions() -> TableCreateStatement {
    Table::create()
        .table("subscriptions")
        .col(uuid("subject_id"))
        .col(string("provider_subscription_id"))
        .col(uuid_null("user_id"))
        .col(string("provider"))
        .col(string("environment"))
        .col(string("provider_status"))
        .col(string_null("plan"))
        .col(string_null("price"))
        .col(json_binary("phase"))
        .col(boolean("revoked"))
        .col(boolean("will_renew"))
        .col(timestamp_with_time_zone_null("paid_through"))
        .col(timestamp_with_time_zone_null("grace_until"))
        .col(timestamp_with_time_zone_null("period_start"))
        .col(timestamp_with_time_zone_null("period_end"))
        .col(timestamp_with_time_zone("started_at"))
        .col(timestamp_with_time_zone_null("trial_end"))
        .col(timestamp_with_time_zone_null("cancel_at"))
        .col(timestamp_with_time_zone_null("ended_at"))
        .col(timestamp_with_time_zone_null("access_until"))
        .col(string("access_rule"))
        .col(timestamp_with_time_zone("derived_at"))
        .primary_key(Index::create().col("subject_id").col("provider_subscription_id"))
        .foreign_key(&mut belongs_to("subscriptions", "subject_id", "billing_subjects"))
        .to_owned()
}

fn entitlements() -> TableCreateStatement {
    Table::create()
        .table("entitlements")
        .col(uuid("subject_id"))
        .col(string("source"))
        .col(string("entitlement"))
        .col(uuid_null("user_id"))
        .col(timestamp_with_time_zone("starts_at"))
        .col(timestamp_with_time_zone("ends_at"))
        .primary_key(Index::create().col("subject_id").col("source").col("entitlement"))
        .foreign_key(&mut belongs_to("entitlements", "subject_id", "billing_subjects"))
        .to_owned()
}

fn checkouts() -> TableCreateStatement {
    Table::create()
        .table("checkouts")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("plan"))
        .col(string("price"))
        .col(string("provider"))
        .col(string_null("provider_id"))
        .col(text_null("url"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut belongs_to("checkouts", "user_id", "users"))
        .to_owned()
}
