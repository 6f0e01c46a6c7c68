//! Jobs, dead letters, kept answers, the business clock, and projects.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_null, integer, json_binary, pk_uuid, small_integer, string, string_null, text,
    text_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid, uuid_null,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(jobs()).await?;
        manager.create_index(due_jobs()).await?;
        manager.create_index(one_waiting_job_per_dedupe_key()).await?;
        manager.create_table(dead_jobs()).await?;
        manager.create_table(kept_answers()).await?;
        manager.create_index(lapsed_answers()).await?;
        manager.create_table(business_clock()).await?;
        manager.create_table(projects()).await?;
        manager.create_index(projects_by_owner()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["projects", "business_clock", "kept_answers", "dead_jobs", "jobs"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Only work that is still to be done: finished rows are deleted and dead ones move away, so every row is a candidate
/// and the index on the due time needs no condition. A lease moves `run_at` behind its own end.
fn jobs() -> TableCreateStatement {
    Table::create()
        .table("jobs")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(small_integer("queue"))
        .col(json_binary("payload"))
        .col(timestamp_with_time_zone("run_at"))
        .col(integer("attempts").default(0).take())
        .col(integer("max_tries"))
        .col(uuid_null("lease_token"))
        .col(string_null("dedupe_key"))
        .col(text_null("last_error"))
        .col(timestamp_with_time_zone("created_at"))
        .to_owned()
}

fn due_jobs() -> IndexCreateStatement {
    Index::create().name("jobs_due").table("jobs").col("queue").col("run_at").to_owned()
}

fn one_waiting_job_per_dedupe_key() -> IndexCreateStatement {
    Index::create().name("jobs_by_dedupe_key").table("jobs").col("name").col("dedupe_key").unique().to_owned()
}

fn dead_jobs() -> TableCreateStatement {
    Table::create()
        .table("dead_jobs")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(small_integer("queue"))
        .col(json_binary("payload"))
        .col(integer("attempts"))
        .col(integer("max_tries"))
        .col(string_null("dedupe_key"))
        .col(text("error"))
        .col(timestamp_with_time_zone("died_at"))
        .to_owned()
}

fn kept_answers() -> TableCreateStatement {
    Table::create()
        .table("kept_answers")
        .col(string("principal"))
        .col(string("route"))
        .col(string("key"))
        .col(binary("fingerprint"))
        .col(binary_null("sealed_output"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(Index::create().col("principal").col("route").col("key"))
        .to_owned()
}

fn lapsed_answers() -> IndexCreateStatement {
    Index::create().name("kept_answers_by_expiry").table("kept_answers").col("expires_at").to_owned()
}

/// One row: how far the sandbox has wound business time ahead of real time.
fn business_clock() -> TableCreateStatement {
    Table::create()
        .table("business_clock")
        .col(small_integer("id").primary_key().take())
        .col(big_integer("offset_micros"))
        .to_owned()
}

fn projects() -> TableCreateStatement {
    Table::create()
        .table("projects")
        .col(pk_uuid("id"))
        .col(uuid("owner_id"))
        .col(string("name"))
        .col(string("name_folded"))
        .col(text_null("description"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .foreign_key(&mut belongs_to("projects", "owner_id", "users"))
        .to_owned()
}

/// Ids are UUIDv7, so this one index finds an owner's newest projects.
fn projects_by_owner() -> IndexCreateStatement {
    Index::create().name("projects_by_owner").table("projects").col("owner_id").col("id").to_owned()
}
