//! Identities that others vouch for, and the nonces of sign-ins under way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, boolean, string, string_null, timestamp_with_time_zone, uuid};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(foreign_identities()).await?;
        let by_user =
            Index::create().name("foreign_identities_by_user").table("foreign_identities").col("user_id").to_owned();
        manager.create_index(by_user).await?;
        manager.create_table(sign_in_nonces()).await?;
        let by_age = Index::create().name("sign_in_nonces_by_age").table("sign_in_nonces").col("expires_at").to_owned();
        manager.create_index(by_age).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sign_in_nonces", "foreign_identities"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn foreign_identities() -> TableCreateStatement {
    Table::create()
        .table("foreign_identities")
        .col(string("issuer"))
        .col(string("subject"))
        .col(uuid("user_id"))
        .col(string("provider"))
        .col(string_null("email"))
        .col(boolean("email_is_private"))
        .col(boolean("email_arrives"))
        .col(timestamp_with_time_zone("linked_at"))
        .primary_key(Index::create().col("issuer").col("subject"))
        .foreign_key(&mut belongs_to("foreign_identities", "user_id", "users"))
        .to_owned()
}

fn sign_in_nonces() -> TableCreateStatement {
    Table::create()
        .table("sign_in_nonces")
        .col(binary("hash").primary_key().take())
        .col(timestamp_with_time_zone("expires_at"))
        .to_owned()
}
