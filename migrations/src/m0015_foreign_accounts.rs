//! What is kept of a foreign identity once it has an account: what its issuer lets us do (sealed), and how far the
//! issuer's news were taken over.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary_null, boolean, timestamp_with_time_zone_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            binary_null("sealed_grant"),
            timestamp_with_time_zone_null("as_of"),
            boolean("is_banned").default(false).take(),
        ];
        // SQLite adds one column at a time.
        for column in columns {
            manager.alter_table(Table::alter().table("foreign_identities").add_column(column).to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["is_banned", "as_of", "sealed_grant"] {
            manager.alter_table(Table::alter().table("foreign_identities").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
