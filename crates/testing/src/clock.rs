//! A clock that stands still until a test lets time pass.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, Pause, Timestamp};

/// Stands at 2030-01-01T00:00:00Z until it is moved.
pub struct StoppedClock(AtomicI64);

impl Default for StoppedClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_893_456_000_000_000))
    }
}

impl StoppedClock {
    /// Lets time pass.
    pub fn wait(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH.shifted_by_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Whoever waits by this clock makes it pass, and waits no real time.
#[async_trait]
impl Pause for StoppedClock {
    async fn wait(&self, span: Duration) {
        Self::wait(self, span);
    }
}
