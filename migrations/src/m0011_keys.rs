//! API keys, devices that ask to be let in, and the scopes of those that were.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary, integer, pk_uuid, string, text, text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(api_keys()).await?;
        let by_user = Index::create().name("api_keys_by_user").table("api_keys").col("user_id").col("id").to_owned();
        manager.create_index(by_user).await?;
        manager.create_index(by_age("api_keys_by_age", "api_keys")).await?;
        manager.create_table(device_grants()).await?;
        manager.create_index(by_age("device_grants_by_age", "device_grants")).await?;
        // Sessions that are open already were opened by their users.
        manager.alter_table(Table::alter().table("sessions").add_column(text_null("scopes")).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without the column a device could do everything.
        let devices = Query::delete().from_table("sessions").cond_where(Expr::col("scopes").is_not_null()).to_owned();
        manager.execute(devices).await?;
        manager.alter_table(Table::alter().table("sessions").drop_column("scopes").to_owned()).await?;
        for table in ["device_grants", "api_keys"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn api_keys() -> TableCreateStatement {
    Table::create()
        .table("api_keys")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(binary("hash").unique_key().take())
        .col(string("prefix"))
        .col(string("name"))
        .col(text("scopes"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("last_used_at"))
        .foreign_key(&mut belongs_to("api_keys", "user_id", "users"))
        .to_owned()
}

fn device_grants() -> TableCreateStatement {
    Table::create()
        .table("device_grants")
        .col(pk_uuid("id"))
        .col(binary("device_code").unique_key().take())
        .col(string("user_code").unique_key().take())
        .col(string("client_name"))
        .col(text("scopes"))
        .col(integer("interval"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("polled_at"))
        .col(string("answer"))
        .col(uuid_null("user_id"))
        .foreign_key(&mut belongs_to("device_grants", "user_id", "users"))
        .to_owned()
}

fn by_age(name: &'static str, table: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(table).col("expires_at").to_owned()
}
