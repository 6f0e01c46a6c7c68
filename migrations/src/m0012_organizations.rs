//! Organizations, who belongs to them, and who is invited to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    integer, pk_uuid, string, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

use crate::belongs_to;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(organizations()).await?;
        manager.create_table(memberships()).await?;
        manager.create_index(one_membership_per_user()).await?;
        manager.create_index(one_owner_per_organization()).await?;
        manager.create_index(memberships_by_joining()).await?;
        manager.create_table(invitations()).await?;
        manager.create_index(open_invitations()).await?;
        manager.create_index(invitations_by_address()).await?;
        manager.create_index(invitations_by_age()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["invitations", "memberships", "organizations"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn organizations() -> TableCreateStatement {
    Table::create()
        .table("organizations")
        .col(pk_uuid("id"))
        .col(string("name"))
        .col(string("kind"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .to_owned()
}

fn memberships() -> TableCreateStatement {
    Table::create()
        .table("memberships")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(uuid("user_id"))
        .col(string("role"))
        .col(timestamp_with_time_zone("joined_at"))
        .foreign_key(&mut belongs_to("memberships", "organization_id", "organizations"))
        .foreign_key(&mut belongs_to("memberships", "user_id", "users"))
        .to_owned()
}

/// Also how a user's own organizations are listed: the user first, then the newest organization.
fn one_membership_per_user() -> IndexCreateStatement {
    let mut index = Index::create();
    index.name("memberships_by_user").table("memberships").col("user_id").col("organization_id").unique().to_owned()
}

fn one_owner_per_organization() -> IndexCreateStatement {
    Index::create()
        .name("memberships_one_owner")
        .table("memberships")
        .col("organization_id")
        .unique()
        .cond_where(Expr::col("role").eq("owner"))
        .to_owned()
}

fn memberships_by_joining() -> IndexCreateStatement {
    Index::create().name("memberships_by_joining").table("memberships").col("organization_id").col("id").to_owned()
}

fn invitations() -> TableCreateStatement {
    Table::create()
        .table("invitations")
        .col(pk_uuid("id"))
        .col(uuid("organization_id"))
        .col(string("email"))
        .col(string("role"))
        .col(uuid("inviter_id"))
        .col(string("state"))
        .col(integer("mails"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("mailed_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .foreign_key(&mut belongs_to("invitations", "organization_id", "organizations"))
        .foreign_key(&mut belongs_to("invitations", "inviter_id", "users"))
        .to_owned()
}

fn open_invitations() -> IndexCreateStatement {
    Index::create()
        .name("invitations_open")
        .table("invitations")
        .col("organization_id")
        .col("id")
        .cond_where(Expr::col("state").eq("open"))
        .to_owned()
}

fn invitations_by_address() -> IndexCreateStatement {
    Index::create()
        .name("invitations_by_address")
        .table("invitations")
        .col("organization_id")
        .col("email")
        .col("mailed_at")
        .to_owned()
}

fn invitations_by_age() -> IndexCreateStatement {
    Index::create().name("invitations_by_age").table("invitations").col("expires_at").to_owned()
}
