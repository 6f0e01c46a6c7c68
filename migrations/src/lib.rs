//! The schema's history. Each migration is one context's step, goes up and down on both databases, and never changes
//! after a release: a later one corrects it.
//!
//! Column rules: ids are UUIDs; instants are `timestamptz` (on SQLite text in one fixed form, see `hos-sql`); money and
//! weights are integers; no DECIMAL, which SQLite would keep as a float.

use sea_orm_migration::prelude::{
    ForeignKey, ForeignKeyAction, ForeignKeyCreateStatement, MigrationTrait, MigratorTrait,
};

mod m0001_identity;
mod m0002_platform;
mod m0003_billing;
mod m0004_sandbox;
mod m0005_messaging;
mod m0006_media;
mod m0007_codes;
mod m0008_audit;
mod m0009_standing;
mod m0010_factors;
mod m0011_keys;
mod m0012_organizations;
mod m0013_foreign;
mod m0014_browser_sessions;
mod m0015_foreign_accounts;
mod m0016_merges;
mod m0018_journal;

/// Runs the migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_identity::Migration),
            Box::new(m0002_platform::Migration),
            Box::new(m0003_billing::Migration),
            Box::new(m0004_sandbox::Migration),
            Box::new(m0005_messaging::Migration),
            Box::new(m0006_media::Migration),
            Box::new(m0007_codes::Migration),
            Box::new(m0008_audit::Migration),
            Box::new(m0009_standing::Migration),
            Box::new(m0010_factors::Migration),
            Box::new(m0011_keys::Migration),
            Box::new(m0012_organizations::Migration),
            Box::new(m0013_foreign::Migration),
            Box::new(m0014_browser_sessions::Migration),
            Box::new(m0015_foreign_accounts::Migration),
            Box::new(m0016_merges::Migration),
            Box::new(m0018_journal::Migration),
        ]
    }
}

/// `table.column` names a row of `target` and goes with it.
fn belongs_to(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(target, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}
