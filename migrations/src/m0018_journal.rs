//! The books: entries and their postings, which are only ever added.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, integer, pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(entries()).await?;
        let mut revisions = Index::create();
        revisions
            .name("journal_entries_by_fact")
            .table("journal_entries")
            .col("subject_id")
            .col("fact")
            .col("revision");
        manager.create_index(revisions.unique().to_owned()).await?;
        let mut services = Index::create();
        services.name("journal_entries_by_service").table("journal_entries").col("service_end");
        manager.create_index(services.to_owned()).await?;
        manager.create_table(postings()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["journal_postings", "journal_entries"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// A fact that was written about again has several revisions, which together come to what is so.
fn entries() -> TableCreateStatement {
    Table::create()
        .table("journal_entries")
        .col(pk_uuid("id"))
        .col(uuid("subject_id"))
        .col(string("fact"))
        .col(integer("revision"))
        .col(string("currency"))
        .col(timestamp_with_time_zone("happened_at"))
        .col(timestamp_with_time_zone_null("service_start"))
        .col(timestamp_with_time_zone_null("service_end"))
        .col(timestamp_with_time_zone("recorded_at"))
        .foreign_key(&mut belongs_to("journal_entries", "subject_id", "billing_subjects"))
        .to_owned()
}

/// More than 0 is a debit, less a credit.
fn postings() -> TableCreateStatement {
    Table::create()
        .table("journal_postings")
        .col(uuid("entry_id"))
        .col(string("account"))
        .col(big_integer("amount_minor"))
        .primary_key(Index::create().col("entry_id").col("account"))
        .foreign_key(&mut belongs_to("journal_postings", "entry_id", "journal_entries"))
        .to_owned()
}
