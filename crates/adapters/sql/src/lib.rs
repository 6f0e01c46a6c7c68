//! Every repository and the unit of work, on SQLite and PostgreSQL. The only crate, beside the migrations, that speaks
//! SQL. Rows are private to it: one conversion each way, at its edge.

mod billing;
mod database;
mod error;
mod identity;
mod media;
mod messaging;
mod meter;
mod migrate;
mod pattern;
mod platform;
mod reader;
mod sandbox;
mod storage;
mod unit;

pub use database::{Database, DatabaseOptions, Engine};
pub use identity::{MERGE_RULES, MergeRule};
pub use meter::{QueryStats, metered, recorded};
pub use migrate::{MigrationStatus, Migrations};
pub use reader::SqlReader;
pub use storage::SqlStorage;
