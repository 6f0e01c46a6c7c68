//! The audit log, and the keys under which what is personal in it is sealed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, binary_null, pk_uuid, string, timestamp_with_time_zone, uuid_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(audit_log()).await?;
        manager.create_index(by("audit_log_by_subject", "subject")).await?;
        manager.create_index(by("audit_log_by_actor", "actor")).await?;
        manager.create_table(subject_keys()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["subject_keys", "audit_log"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Names nobody by foreign key: a line outlives whom it is about.
fn audit_log() -> TableCreateStatement {
    Table::create()
        .table("audit_log")
        .col(ColumnDef::new("seq").big_integer().not_null().primary_key())
        .col(timestamp_with_time_zone("at"))
        .col(string("action"))
        .col(uuid_null("actor"))
        .col(uuid_null("subject"))
        .col(binary_null("facts"))
        .col(binary("digest"))
        .to_owned()
}

fn by(name: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table("audit_log").col(column).col("seq").to_owned()
}

fn subject_keys() -> TableCreateStatement {
    Table::create().table("subject_keys").col(pk_uuid("subject")).col(binary("wrapped_key")).to_owned()
}
