//! The one place that asks the operating system for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{BusinessClock, Clock, Pause, Timestamp};

/// Real time.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        Timestamp::new(chrono::Utc::now())
    }
}

/// Real time plus the offset that the sandbox has wound. Without a sandbox the offset stays zero.
pub struct WoundClock {
    real: Arc<dyn Clock>,
    offset_micros: AtomicI64,
}

impl WoundClock {
    /// Runs with `real` until it is wound.
    #[must_use]
    pub fn new(real: Arc<dyn Clock>) -> Self {
        Self { real, offset_micros: AtomicI64::new(0) }
    }
}

impl BusinessClock for WoundClock {
    fn now(&self) -> Timestamp {
        self.real.now().shifted_by_micros(self.offset_micros.load(Ordering::Relaxed))
    }

    fn wind_to(&self, offset: Duration) {
        let micros = i64::try_from(offset.as_micros()).unwrap_or(i64::MAX);
        self.offset_micros.fetch_max(micros, Ordering::Relaxed);
    }
}

/// Waits on the runtime's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimerPause;

#[async_trait]
impl Pause for TimerPause {
    async fn wait(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Frozen;

    impl Clock for Frozen {
        fn now(&self) -> Timestamp {
            Timestamp::EPOCH
        }
    }

    #[test]
    fn business_time_is_wound_forward_and_never_back() {
        let clock = WoundClock::new(Arc::new(Frozen));
        assert_eq!(clock.now(), Timestamp::EPOCH);
        clock.wind_to(Duration::from_secs(60));
        clock.wind_to(Duration::from_secs(30));
        assert_eq!(clock.now(), Timestamp::EPOCH + Duration::from_secs(60));
    }
}
