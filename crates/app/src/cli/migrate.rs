//! `hypertrophy-os migrate`.

use std::error::Error;

use clap::Subcommand;
use hos_sql::{Database, Migrations};

use super::print;
use crate::data_folder::DataFolder;
use crate::settings::Settings;

/// What to do with the schema.
#[derive(Subcommand)]
pub(super) enum Step {
    /// Apply every pending step
    Up,
    /// Take back the last steps, with the data they hold
    Down {
        /// How many steps
        #[arg(long, default_value_t = 1, conflicts_with = "all")]
        steps: u32,
        /// All of them: the database is empty afterwards
        #[arg(long)]
        all: bool,
    },
    /// Show which steps are applied
    Status,
}

/// Brings the schema up or down.
pub(super) async fn run(settings: Settings, step: Step) -> Result<(), Box<dyn Error>> {
    let folder = DataFolder::prepare(&settings.server.data_dir)?;
    let database = Database::open(&settings.database.options(folder.path())).await?;
    let migrations = Migrations::of(&database);
    match step {
        Step::Up => {
            let steps = migrations.up().await?;
            print(format!("{steps} step(s) applied"));
        }
        Step::Down { steps, all } => {
            migrations.down((!all).then_some(steps)).await?;
            print("done");
        }
        Step::Status => {
            for step in migrations.status().await? {
                print(format!("{}  {}", if step.applied { "applied" } else { "pending" }, step.name));
            }
        }
    }
    database.close().await;
    Ok(())
}
