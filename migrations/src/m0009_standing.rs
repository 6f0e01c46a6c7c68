//! When a session's user last proved who they are.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::timestamp_with_time_zone_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = timestamp_with_time_zone_null("proved_at");
        manager.alter_table(Table::alter().table("sessions").add_column(column).to_owned()).await?;
        // Sessions that are open already were opened by a proof.
        let fill = Query::update().table("sessions").value("proved_at", Expr::col("created_at")).to_owned();
        manager.execute(fill).await?;
        manager.create_index(sessions_by_end()).await?;
        manager.create_index(users_by_deletion()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("sessions_by_end").table("sessions").to_owned()).await?;
        manager.drop_index(Index::drop().name("users_by_deletion").table("users").to_owned()).await?;
        manager.alter_table(Table::alter().table("sessions").drop_column("proved_at").to_owned()).await
    }
}

/// Other nodes look for what has ended since they last looked.
fn sessions_by_end() -> IndexCreateStatement {
    Index::create()
        .name("sessions_by_end")
        .table("sessions")
        .col("revoked_at")
        .cond_where(Expr::col("revoked_at").is_not_null())
        .to_owned()
}

/// Who takes an account back is found by its address; there may be several of one address over the years.
fn users_by_deletion() -> IndexCreateStatement {
    Index::create()
        .name("users_by_deletion")
        .table("users")
        .col("email")
        .col("deleted_at")
        .cond_where(Expr::col("deleted_at").is_not_null())
        .to_owned()
}
