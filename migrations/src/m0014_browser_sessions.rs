//! Sessions whose tokens a browser keeps in cookies.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Sessions that are open already are those of apps.
        let kind = string("kind").default("native").take();
        manager.alter_table(Table::alter().table("sessions").add_column(kind).to_owned()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without the column a cookie would count as an app's token, and for longer.
        let browsers = Query::delete().from_table("sessions").cond_where(Expr::col("kind").ne("native")).to_owned();
        manager.execute(browsers).await?;
        manager.alter_table(Table::alter().table("sessions").drop_column("kind").to_owned()).await
    }
}
