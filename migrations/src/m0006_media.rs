//! Permissions to upload, and progress photos.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer_null, date, integer_null, pk_uuid, string, string_null, text_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(uploads()).await?;
        let by_user =
            Index::create().name("uploads_by_user").table("uploads").col("user_id").col("expires_at").to_owned();
        manager.create_index(by_user).await?;
        manager.create_table(photos()).await?;
        let by_user = Index::create().name("photos_by_user").table("photos").col("user_id").col("id").to_owned();
        manager.create_index(by_user).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["photos", "uploads"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn uploads() -> TableCreateStatement {
    Table::create()
        .table("uploads")
        .col(string("key").primary_key().take())
        .col(uuid("user_id"))
        .col(string("content_type"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut belongs_to("uploads", "user_id", "users"))
        .to_owned()
}

/// Weights are whole grams.
fn photos() -> TableCreateStatement {
    Table::create()
        .table("photos")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("original_key"))
        .col(string("state"))
        .col(string_null("copy_key"))
        .col(big_integer_null("copy_bytes"))
        .col(date("taken_on"))
        .col(string("pose"))
        .col(integer_null("weight_grams"))
        .col(string_null("weight_unit"))
        .col(text_null("note"))
        .col(timestamp_with_time_zone("created_at"))
        .foreign_key(&mut belongs_to("photos", "user_id", "users"))
        .to_owned()
}
