//! Second factors and passkeys.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, binary, pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [user_totp(), recovery_codes(), passkeys(), ceremonies()] {
            manager.create_table(table).await?;
        }
        manager.create_index(by("passkeys_by_user", "passkeys", "user_id")).await?;
        manager.create_index(by("recovery_codes_by_user", "recovery_codes", "user_id")).await?;
        manager.create_index(by("ceremonies_by_age", "ceremonies", "expires_at")).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["ceremonies", "passkeys", "recovery_codes", "user_totp"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn by(name: &'static str, table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(table).col(column).to_owned()
}

fn user_totp() -> TableCreateStatement {
    Table::create()
        .table("user_totp")
        .col(pk_uuid("user_id"))
        .col(binary("secret"))
        .col(timestamp_with_time_zone_null("confirmed_at"))
        .col(big_integer_null("last_step"))
        .foreign_key(&mut belongs_to("user_totp", "user_id", "users"))
        .to_owned()
}

fn recovery_codes() -> TableCreateStatement {
    Table::create()
        .table("recovery_codes")
        .col(binary("hash").primary_key().take())
        .col(uuid("user_id"))
        .foreign_key(&mut belongs_to("recovery_codes", "user_id", "users"))
        .to_owned()
}

fn passkeys() -> TableCreateStatement {
    Table::create()
        .table("passkeys")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("credential").unique_key().take())
        .col(binary("material"))
        .col(string("name"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut belongs_to("passkeys", "user_id", "users"))
        .to_owned()
}

fn ceremonies() -> TableCreateStatement {
    Table::create()
        .table("ceremonies")
        .col(pk_uuid("id"))
        .col(uuid_null("user_id"))
        .col(binary("state"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut belongs_to("ceremonies", "user_id", "users"))
        .to_owned()
}
