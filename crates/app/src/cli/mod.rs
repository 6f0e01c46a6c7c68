//! The command line. Every command is a few lines around what the server itself uses.

mod audit;
mod doctor;
mod migrate;
mod seed;
mod serve;
mod user;
mod worker;

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::settings::{Settings, process_environment};

/// The self-hosted backend for paid training and coaching apps.
///
/// Without a command it serves. Settings are environment variables: see `hypertrophy-os settings`.
#[derive(Parser)]
#[command(name = "hypertrophy-os", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API, and run background jobs unless RUN_JOBS=false
    Serve,
    /// Run background jobs only, beside servers that share a PostgreSQL database
    Worker,
    /// Bring the database schema up or down
    #[command(subcommand)]
    Migrate(migrate::Step),
    /// Fill the database with something to look at
    #[command(subcommand)]
    Seed(seed::Seed),
    /// Administer accounts
    #[command(subcommand)]
    User(user::User),
    /// Read the audit log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check every setting and connection, and say what to do
    Doctor,
    /// Print the OpenAPI document
    Openapi,
    /// Print what can be set, as the page docs/configuration.md
    Settings,
}

/// Runs the command line of this process.
#[must_use]
pub fn run() -> ExitCode {
    match Arguments::parse().command.unwrap_or(Command::Serve) {
        Command::Openapi => print(crate::document().to_pretty_json().unwrap_or_default()),
        Command::Settings => print(crate::settings::reference().trim_end()),
        Command::Doctor => with_settings(doctor::run),
        Command::Serve => with_settings(serve::run),
        Command::Worker => with_settings(worker::run),
        Command::Migrate(step) => with_settings(|settings| migrate::run(settings, step)),
        Command::Audit(audit) => with_settings(|settings| audit::run(settings, audit)),
        Command::User(user) => with_settings(|settings| user::run(settings, user)),
        Command::Seed(seed) => with_settings(|settings| seed::run(settings, seed)),
    }
}

/// Loads the settings and runs a command on a runtime of its own.
fn with_settings<F>(command: impl FnOnce(Settings) -> F) -> ExitCode
where
    F: Future<Output = Result<(), Box<dyn std::error::Error>>>,
{
    let settings = match Settings::load(process_environment()) {
        Ok(settings) => settings,
        Err(problems) => return fail(problems),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(error),
    };
    match runtime.block_on(command(settings)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(error),
    }
}

fn fail(error: impl Display) -> ExitCode {
    // Standard error may be closed; the exit code says it too.
    let _ = writeln!(std::io::stderr(), "error: {error}");
    ExitCode::FAILURE
}

/// Prints a line. Whoever reads may have stopped reading (`| head`): that is their right.
fn print(text: impl Display) -> ExitCode {
    let _ = writeln!(std::io::stdout(), "{text}");
    ExitCode::SUCCESS
}
