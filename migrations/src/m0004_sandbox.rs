//! The payment sandbox: pretended customers, checkouts and events. Empty outside development.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    json_binary, string, string_uniq, text, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid_uniq,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(customers()).await?;
        let due = Index::create().name("sandbox_customers_due").table("sandbox_customers").col("due_at").to_owned();
        manager.create_index(due).await?;
        manager.create_table(checkouts()).await?;
        manager.create_table(events()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sandbox_events", "sandbox_checkouts", "sandbox_customers"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn customers() -> TableCreateStatement {
    Table::create()
        .table("sandbox_customers")
        .col(string("id").primary_key().take())
        .col(uuid_uniq("user_id"))
        .col(json_binary("state"))
        .col(timestamp_with_time_zone_null("due_at"))
        .to_owned()
}

fn checkouts() -> TableCreateStatement {
    Table::create()
        .table("sandbox_checkouts")
        .col(string("id").primary_key().take())
        .col(string_uniq("key"))
        .col(json_binary("state"))
        .to_owned()
}

fn events() -> TableCreateStatement {
    Table::create()
        .table("sandbox_events")
        .col(string("id").primary_key().take())
        .col(string("kind"))
        .col(timestamp_with_time_zone("created"))
        .col(text("body"))
        .to_owned()
}
