//! Accounts, passwords, sessions and refresh tokens.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary, binary_null, boolean, pk_uuid, string, string_null, text, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(users()).await?;
        manager.create_index(one_living_user_per_address()).await?;
        manager.create_table(user_passwords()).await?;
        manager.create_table(sessions()).await?;
        manager
            .create_index(Index::create().name("sessions_by_user").table("sessions").col("user_id").to_owned())
            .await?;
        manager.create_table(refresh_tokens()).await?;
        let by_session =
            Index::create().name("refresh_tokens_by_session").table("refresh_tokens").col("session_id").to_owned();
        manager.create_index(by_session).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["refresh_tokens", "sessions", "user_passwords", "users"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(pk_uuid("id"))
        .col(string("email"))
        .col(string("name"))
        .col(boolean("email_verified"))
        .col(string("role"))
        .col(string_null("country"))
        .col(string("timezone"))
        .col(string("locale"))
        .col(string("units"))
        .col(string("status"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .to_owned()
}

fn one_living_user_per_address() -> IndexCreateStatement {
    Index::create()
        .name("users_by_email")
        .table("users")
        .col("email")
        .unique()
        .cond_where(Expr::col("deleted_at").is_null())
        .to_owned()
}

fn user_passwords() -> TableCreateStatement {
    Table::create()
        .table("user_passwords")
        .col(pk_uuid("user_id"))
        .col(text("hash"))
        .col(timestamp_with_time_zone("changed_at"))
        .foreign_key(&mut belongs_to("user_passwords", "user_id", "users"))
        .to_owned()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("refreshed_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(text_null("user_agent"))
        .foreign_key(&mut belongs_to("sessions", "user_id", "users"))
        .to_owned()
}

fn refresh_tokens() -> TableCreateStatement {
    Table::create()
        .table("refresh_tokens")
        .col(binary("hash").primary_key().take())
        .col(uuid("session_id"))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(string_null("used_key"))
        .col(binary_null("successor"))
        .foreign_key(&mut belongs_to("refresh_tokens", "session_id", "sessions"))
        .to_owned()
}
