//! How the server is. Looking costs a query, so what was seen is believed for a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hos_domain::kernel::Clock;
use hos_sql::Database;
use tokio::sync::Mutex;

const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// A health check that waits longer than its asker says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Watches what the server needs.
pub(crate) struct Health {
    pub(crate) clock: Arc<dyn Clock>,
    database: Database,
    migrated: AtomicBool,
    draining: AtomicBool,
    seen: Mutex<Option<(Instant, bool)>>,
}

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    /// The database answers.
    pub(crate) database: bool,
    /// The schema is up to date.
    pub(crate) migrated: bool,
    /// The server is about to end.
    pub(crate) draining: bool,
}

impl State {
    /// Nothing is away.
    pub(crate) const fn is_well(self) -> bool {
        self.database && self.migrated
    }

    /// Requests may come.
    pub(crate) const fn is_ready(self) -> bool {
        self.is_well() && !self.draining
    }
}

impl Health {
    pub(crate) fn new(database: Database, clock: Arc<dyn Clock>) -> Self {
        let (migrated, draining) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { clock, database, migrated, draining, seen: Mutex::new(None) }
    }

    /// The schema is up to date from now on.
    pub(crate) fn note_migrated(&self) {
        self.migrated.store(true, Ordering::Relaxed);
    }

    /// The server is about to end.
    pub(crate) fn note_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// What was seen at most a second ago. Of many who ask at once, one looks.
    pub(crate) async fn state(&self) -> State {
        let mut seen = self.seen.lock().await;
        let database = match *seen {
            Some((at, answer)) if at.elapsed() < BELIEVED_FOR => answer,
            _ => {
                let answer = self.ping().await;
                *seen = Some((Instant::now(), answer));
                answer
            }
        };
        drop(seen);
        self.with(database)
    }

    /// What is seen now.
    pub(crate) async fn look(&self) -> State {
        let database = self.ping().await;
        *self.seen.lock().await = Some((Instant::now(), database));
        self.with(database)
    }

    async fn ping(&self) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.database.ping()).await, Ok(Ok(())))
    }

    fn with(&self, database: bool) -> State {
        State {
            database,
            migrated: self.migrated.load(Ordering::Relaxed),
            draining: self.draining.load(Ordering::Relaxed),
        }
    }
}
