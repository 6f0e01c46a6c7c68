//! One-time codes, failed logins, consents, and what a profile says besides: day of birth, sex, who sent the user here.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    binary_null, boolean, date_null, integer, pk_uuid, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [date_null("birth_date"), string_null("sex"), string_null("referral_code")] {
            manager.alter_table(Table::alter().table("users").add_column(column).to_owned()).await?;
        }
        manager.create_table(codes()).await?;
        manager.create_index(codes_by_address()).await?;
        manager.create_index(codes_by_age()).await?;
        manager.create_table(login_failures()).await?;
        manager.create_index(login_failures_by_age()).await?;
        manager.create_table(consents()).await?;
        let by_user = Index::create().name("consents_by_user").table("consents").col("user_id").col("id").to_owned();
        manager.create_index(by_user).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["consents", "login_failures", "codes"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in ["referral_code", "sex", "birth_date"] {
            manager.alter_table(Table::alter().table("users").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn codes() -> TableCreateStatement {
    Table::create()
        .table("codes")
        .col(pk_uuid("id"))
        .col(string("purpose"))
        .col(string("email"))
        .col(uuid_null("user_id"))
        .col(binary_null("form"))
        .col(integer("tries"))
        .col(timestamp_with_time_zone("issued_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .col(timestamp_with_time_zone_null("used_at"))
        .foreign_key(&mut belongs_to("codes", "user_id", "users"))
        .to_owned()
}

fn codes_by_address() -> IndexCreateStatement {
    let mut index = Index::create();
    index.name("codes_by_address").table("codes").col("email").col("purpose").col("issued_at").to_owned()
}

fn codes_by_age() -> IndexCreateStatement {
    Index::create().name("codes_by_age").table("codes").col("issued_at").to_owned()
}

fn login_failures() -> TableCreateStatement {
    Table::create()
        .table("login_failures")
        .col(string("name").primary_key().take())
        .col(integer("count"))
        .col(timestamp_with_time_zone("since"))
        .col(timestamp_with_time_zone("last"))
        .to_owned()
}

fn login_failures_by_age() -> IndexCreateStatement {
    Index::create().name("login_failures_by_age").table("login_failures").col("last").to_owned()
}

fn consents() -> TableCreateStatement {
    Table::create()
        .table("consents")
        .col(pk_uuid("id"))
        .col(uuid("user_id"))
        .col(string("purpose"))
        .col(string_null("version"))
        .col(boolean("granted"))
        .col(timestamp_with_time_zone("at"))
        .col(string("source"))
        .foreign_key(&mut belongs_to("consents", "user_id", "users"))
        .to_owned()
}
