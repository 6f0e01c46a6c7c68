//! Seeing what the server does: logs, metrics, error reports. All of it off the hot path.

mod logs;
mod metrics;
mod reports;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, IdSource, Timestamp};

pub(crate) use logs::LogGuard;
pub(crate) use metrics::{Metrics, note_backlog};
pub(crate) use reports::ReportGuard;

use crate::settings::LogUserId;

/// What the outermost middleware needs.
pub(crate) struct Telemetry {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) log_user_id: LogUserId,
    /// Hides user ids in logs.
    pub(crate) user_key: [u8; 32],
    /// Whether each answer says what it cost, for developers.
    pub(crate) show_cost: bool,
    in_flight: AtomicUsize,
}

impl Telemetry {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        log_user_id: LogUserId,
        user_key: [u8; 32],
        show_cost: bool,
    ) -> Self {
        Self { clock, ids, log_user_id, user_key, show_cost, in_flight: AtomicUsize::new(0) }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn new_request_id(&self) -> String {
        self.ids.uuid().to_string()
    }

    /// Counts a request as being in flight until the guard is dropped.
    pub(crate) fn enter(&self) -> impl Drop + use<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

    /// How many requests are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// How a user is named in the log.
    pub(crate) fn name_of(&self, user: UserId) -> String {
        match self.log_user_id {
            LogUserId::Plain => user.to_string(),
            LogUserId::Hashed => hos_local::keyed_name(&self.user_key, user.uuid().as_bytes()),
        }
    }

    pub(crate) fn count_request(&self, method: &Method, route: &str, status: StatusCode, elapsed: Duration) {
        metrics::count_request(method, route, status, elapsed, self.in_flight());
    }
}

struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
