//! `hypertrophy-os serve`.

use std::error::Error;

use tokio::signal::unix::{SignalKind, signal};

use super::print;
use crate::Application;
use crate::demo;
use crate::settings::Settings;
use crate::telemetry::{LogGuard, ReportGuard};

/// Serves until SIGTERM or Ctrl-C.
pub(super) async fn run(settings: Settings) -> Result<(), Box<dyn Error>> {
    let _reports = ReportGuard::start(&settings.observability);
    let _logs = LogGuard::start(&settings.observability, settings.server.debug);
    let debug = settings.server.debug;
    let application = Application::start(settings).await?;
    let url = application.public_url().to_owned();
    tracing::info!(address = %application.address(), url, version = env!("CARGO_PKG_VERSION"), "listening");
    if debug {
        if let Err(error) = demo::seed(application.use_cases()).await {
            tracing::warn!(%error, "there is no demo user");
        }
        print(welcome(&url));
    }
    application.run_until(told_to_stop()).await?;
    tracing::info!("stopped; nothing was cut off");
    Ok(())
}

/// SIGTERM from whoever runs us, or Ctrl-C from a person.
pub(super) async fn told_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

fn welcome(url: &str) -> String {
    format!(
        "
  Hypertrophy OS {version} — development mode (DEBUG=true)

    API docs          {url}/api/v1/docs/
    Mail and pushes   {url}/dev/outbox
    Payment sandbox   {url}/sandbox/clock (checkouts open at /api/v1/payments/subscribe)
    Health            {url}/health

    Demo login        {email} / {password}
",
        version = env!("CARGO_PKG_VERSION"),
        email = demo::EMAIL,
        password = demo::PASSWORD,
    )
}
