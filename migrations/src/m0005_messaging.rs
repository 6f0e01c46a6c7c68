//! Devices and preferences.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    boolean, pk_uuid, small_integer_null, string, string_null, string_uniq, timestamp_with_time_zone, uuid,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(devices()).await?;
        let by_user = Index::create().name("devices_by_user").table("devices").col("user_id").to_owned();
        manager.create_index(by_user).await?;
        manager.create_table(preferences()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["preferences", "devices"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn devices() -> TableCreateStatement {
    Table::create()
        .table("devices")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("platform"))
        .col(string_uniq("token"))
        .col(string_null("app_version"))
        .col(string_null("locale"))
        .col(boolean("is_active"))
        .col(timestamp_with_time_zone("registered_at"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut belongs_to("devices", "user_id", "users"))
        .to_owned()
}

fn preferences() -> TableCreateStatement {
    Table::create()
        .table("preferences")
        .col(pk_uuid("user_id"))
        .col(boolean("push_enabled"))
        .col(boolean("coaching_reminders"))
        .col(boolean("subscription_alerts"))
        .col(boolean("community"))
        .col(boolean("marketing"))
        .col(boolean("email_enabled"))
        .col(small_integer_null("quiet_start"))
        .col(small_integer_null("quiet_end"))
        .col(string("digest"))
        .foreign_key(&mut belongs_to("preferences", "user_id", "users"))
        .to_owned()
}
