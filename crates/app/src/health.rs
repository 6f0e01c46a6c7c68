//! How the server is. Looking costs a query, so what was seen is believed for a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hos_domain::kernel::Clock;
use hos_redis::RedisLink;
use hos_sql::Database;
use tokio::sync::Mutex;

const BELIEVED_FOR: Duration = Duration::from_secs(1);
/// A health check that waits longer than its asker says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// Watches what the server needs.
pub(crate) struct Health {
    pub(crate) clock: Arc<dyn Clock>,
    database: Database,
    redis: Option<RedisLink>,
    migrated: AtomicBool,
    draining: AtomicBool,
    seen: Mutex<Option<(Instant, Seen)>>,
}

/// What answered.
#[derive(Debug, Clone, Copy)]
struct Seen {
    database: bool,
    redis: Option<bool>,
}

/// What was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct State {
    /// The database answers.
    pub(crate) database: bool,
    /// Redis answers; `None` without one.
    pub(crate) redis: Option<bool>,
    /// The schema is up to date.
    pub(crate) migrated: bool,
    /// The server is about to end.
    pub(crate) draining: bool,
}

impl State {
    /// Nothing is away. Without Redis everything goes on, each node for itself.
    pub(crate) const fn is_well(self) -> bool {
        self.database && self.migrated && !matches!(self.redis, Some(false))
    }

    /// Requests may come.
    pub(crate) const fn is_ready(self) -> bool {
        self.database && self.migrated && !self.draining
    }
}

impl Health {
    pub(crate) fn new(database: Database, redis: Option<RedisLink>, clock: Arc<dyn Clock>) -> Self {
        let (migrated, draining) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { clock, database, redis, migrated, draining, seen: Mutex::new(None) }
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
        let answers = match *seen {
            Some((at, answers)) if at.elapsed() < BELIEVED_FOR => answers,
            _ => {
                let answers = self.ask().await;
                *seen = Some((Instant::now(), answers));
                answers
            }
        };
        drop(seen);
        self.with(answers)
    }

    /// What is seen now.
    pub(crate) async fn look(&self) -> State {
        let answers = self.ask().await;
        *self.seen.lock().await = Some((Instant::now(), answers));
        self.with(answers)
    }

    async fn ask(&self) -> Seen {
        let redis = async {
            match &self.redis {
                Some(redis) => Some(redis.ping().await.is_ok()),
                None => None,
            }
        };
        let (database, redis) = tokio::join!(self.ping(), redis);
        Seen { database, redis }
    }

    async fn ping(&self) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.database.ping()).await, Ok(Ok(())))
    }

    fn with(&self, seen: Seen) -> State {
        State {
            database: seen.database,
            redis: seen.redis,
            migrated: self.migrated.load(Ordering::Relaxed),
            draining: self.draining.load(Ordering::Relaxed),
        }
    }
}
