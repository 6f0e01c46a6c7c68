//! `hypertrophy-os seed`.

use std::error::Error;

use clap::Subcommand;
use hos_local::HashingCost;

use super::print;
use crate::demo;
use crate::foundation::Foundation;
use crate::settings::Settings;

/// What to fill the database with.
#[derive(Subcommand)]
pub(super) enum Seed {
    /// A demo user with a few projects; does nothing when the user exists
    Demo,
}

/// Fills the database.
pub(super) async fn run(settings: Settings, seed: Seed) -> Result<(), Box<dyn Error>> {
    let Seed::Demo = seed;
    let port = settings.server.port;
    let foundation = Foundation::lay(settings, port, HashingCost::RECOMMENDED).await?;
    demo::seed(&foundation.use_cases).await?;
    foundation.close().await;
    print(format!("demo login: {} / {}", demo::EMAIL, demo::PASSWORD));
    Ok(())
}
