//! `hypertrophy-os worker`.

use std::error::Error;

use hos_local::HashingCost;
use hos_sql::Engine;
use tokio::sync::watch;

use super::serve::told_to_stop;
use crate::foundation::Foundation;
use crate::settings::Settings;
use crate::telemetry::{LogGuard, ReportGuard};

/// Runs jobs until SIGTERM or Ctrl-C.
pub(super) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let _reports = ReportGuard::start(&settings.observability);
    let _logs = LogGuard::start(&settings.observability, settings.server.debug);
    let (patience, port) = (settings.server.drain_timeout, settings.server.port);
    let foundation = Foundation::lay(settings, port, HashingCost::RECOMMENDED).await?;
    if foundation.engine() == Engine::Sqlite {
        return Err(
            "a SQLite file has one process, the server, which runs the jobs too; a worker needs PostgreSQL".into()
        );
    }
    let (stop, stopped) = watch::channel(false);
    let working = tokio::spawn(foundation.worker().run(stopped, patience));
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "working");
    told_to_stop().await;
    stop.send(true)?;
    working.await?;
    foundation.close().await;
    tracing::info!("stopped");
    Ok(())
}
