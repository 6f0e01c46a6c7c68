//! Log lines, written by a thread of their own so that a slow terminal or disk stops no request.

use std::io::IsTerminal;

use sentry::integrations::tracing::ErrorLayer;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::settings::{LogFormat, ObservabilitySettings};

/// Libraries that tell at `info` what only their authors want to know; and one that tells as an error that a stranger
/// sent what is no HTTP, which strangers could do all day.
const QUIETER: &str = "sea_orm_migration=warn,actix_server=warn,sqlx=warn,actix_http=off";
const REPORTED: &str = "error,actix_http=off";

/// Writes what is left when it is dropped.
pub(crate) struct LogGuard(#[expect(dead_code, reason = "dropping it flushes")] WorkerGuard);

impl LogGuard {
    /// Starts logging to standard output. A second start in one process (tests) keeps the first.
    pub(crate) fn start(settings: &ObservabilitySettings, debug: bool) -> Self {
        let (writer, guard) = tracing_appender::non_blocking(std::io::stdout());
        let filter = filter(&settings.log_level);
        let format = settings.log_format.unwrap_or(if debug { LogFormat::Pretty } else { LogFormat::Json });
        let lines = match format {
            LogFormat::Json => tracing_subscriber::fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .with_writer(writer)
                .boxed(),
            LogFormat::Pretty => {
                let colours = std::io::stdout().is_terminal();
                let lines = tracing_subscriber::fmt::layer().compact().with_target(false);
                lines.with_ansi(colours).with_writer(writer).boxed()
            }
        };
        let reports = settings.sentry_dsn.is_some().then(|| ErrorLayer::new().with_filter(EnvFilter::new(REPORTED)));
        let _ = tracing_subscriber::registry().with(lines.with_filter(filter)).with(reports).try_init();
        Self(guard)
    }
}

/// What is written: the operator's level, below which libraries are quieter unless the operator names them.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::new(format!("{QUIETER},{level}"))
}
