//! Counting hits in memory: for an installation of one node, or for one that can't ask the others.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_domain::platform::{Budget, Counts, RateLimiter, SlidingWindow, Verdict};
use moka::Expiry;
use moka::sync::Cache;

/// About 50 MiB. Who comes with more keys than this makes us forget keys that are seldom asked for, and his own first:
/// the cache keeps what is asked for often.
const REMEMBERED_AT_MOST: u64 = 100_000;

/// Counts for this process only.
pub struct LocalRateLimiter {
    tallies: Cache<Key, Tally>,
    /// A hit counts in all its budgets or in none, so one is looked at after the other.
    turn: Mutex<()>,
}

/// The limit's name, its window in seconds, and to whom it applies.
type Key = (&'static str, u64, String);

/// What was counted for one key in two fixed windows, by the number of the later one.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    number: i64,
    counts: Counts,
}

impl Tally {
    /// The same tally as it looks from another window.
    fn seen_from(self, number: i64) -> Self {
        let Counts { previous, current } = self.counts;
        let counts = match number.checked_sub(self.number) {
            Some(0) => self.counts,
            Some(1) => Counts { previous: current, current: 0 },
            // The clock was read just before the window turned, and somebody else was quicker.
            Some(-1) => Counts { previous: 0, current: previous },
            _ => Counts::default(),
        };
        Self { number, counts }
    }

    /// The tally with one more hit in the window of this number, which is never moved back for it.
    fn with_hit(self, number: i64) -> Self {
        if number.checked_add(1) == Some(self.number) {
            let previous = self.counts.previous.saturating_add(1);
            return Self { counts: Counts { previous, ..self.counts }, ..self };
        }
        let mut seen = self.seen_from(number);
        seen.counts.current = seen.counts.current.saturating_add(1);
        seen
    }
}

/// After two windows without a hit nothing is left of a tally.
struct TwoWindows;

impl Expiry<Key, Tally> for TwoWindows {
    fn expire_after_create(&self, (_, seconds, _): &Key, _: &Tally, _: Instant) -> Option<Duration> {
        Some(Duration::from_secs(seconds.saturating_mul(2).max(60)))
    }

    fn expire_after_update(&self, key: &Key, tally: &Tally, at: Instant, _: Option<Duration>) -> Option<Duration> {
        self.expire_after_create(key, tally, at)
    }
}

impl Default for LocalRateLimiter {
    fn default() -> Self {
        Self::remembering(REMEMBERED_AT_MOST)
    }
}

impl LocalRateLimiter {
    fn remembering(most: u64) -> Self {
        let tallies = Cache::builder().max_capacity(most).expire_after(TwoWindows).build();
        Self { tallies, turn: Mutex::new(()) }
    }
}

#[async_trait]
impl RateLimiter for LocalRateLimiter {
    async fn hit(&self, budgets: &[Budget], now: Timestamp) -> Result<Verdict, GatewayError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let look = |budget: &Budget| {
            let key = (budget.limit.name, budget.limit.window.as_secs(), budget.key.clone());
            let tally = self.tallies.get(&key).unwrap_or_default();
            (SlidingWindow::at(budget.limit, now), key, tally)
        };
        let mut seen: Vec<_> = budgets.iter().map(look).collect();
        let has_room =
            |(window, _, tally): &(SlidingWindow, Key, Tally)| window.left(tally.seen_from(window.number()).counts) > 0;
        let admitted = seen.iter().all(has_room);
        if admitted {
            for (window, key, tally) in &mut seen {
                *tally = tally.with_hit(window.number());
                self.tallies.insert(key.clone(), *tally);
            }
        }
        let standings = seen.iter().map(|(window, _, tally)| window.standing(tally.seen_from(window.number()).counts));
        Ok(Verdict { admitted, standings: standings.collect() })
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::platform::RateLimit;

    use super::*;

    const LIMIT: RateLimit = RateLimit { name: "login", most: 5, window: Duration::from_secs(60) };

    async fn hit(limiter: &LocalRateLimiter, key: &str, second: u64) -> Verdict {
        let budget = Budget { limit: LIMIT, key: key.to_owned() };
        limiter.hit(&[budget], Timestamp::EPOCH + Duration::from_secs(second)).await.unwrap()
    }

    #[tokio::test]
    async fn a_flood_of_keys_fills_no_memory_and_drives_out_nobody_who_comes_often() {
        let limiter = LocalRateLimiter::remembering(100);
        for index in 0..10_000 {
            hit(&limiter, &format!("flood {index}"), 0).await;
            hit(&limiter, "ada", 0).await;
        }
        limiter.tallies.run_pending_tasks();
        assert!(limiter.tallies.entry_count() <= 100);
        assert!(!hit(&limiter, "ada", 0).await.admitted);
    }
}
