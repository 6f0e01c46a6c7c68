//! How long to wait before the next try to connect.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(50);
/// Whoever comes back is found again after this long at the latest.
const LONGEST: Duration = Duration::from_secs(1);

/// Twice as long each time.
pub(crate) struct Backoff(Duration);

impl Backoff {
    pub(crate) const fn new() -> Self {
        Self(SHORTEST)
    }

    /// Waits, and longer the next time.
    pub(crate) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = self.0.saturating_mul(2).min(LONGEST);
    }
}
