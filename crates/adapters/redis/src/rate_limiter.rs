//! Counts that all nodes share: one number for each key and fixed window, in one round trip for all budgets of a hit.

use async_trait::async_trait;
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_domain::platform::{Budget, Counts, RateLimiter, SlidingWindow, Verdict};
use redis::Script;

use crate::link::RedisLink;

/// Each budget has two keys, its previous window's and its present one's, and four arguments. It answers whether the hit
/// was admitted, and the two counts of each budget. The rule is that of [`SlidingWindow::left`].
const HIT: &str = r"
local counts = redis.call('MGET', unpack(KEYS))
local admitted = 1
for i = 1, #counts, 2 do
    counts[i], counts[i + 1] = tonumber(counts[i] or 0), tonumber(counts[i + 1] or 0)
    local most, covered, length = tonumber(ARGV[i * 2 - 1]), tonumber(ARGV[i * 2]), tonumber(ARGV[i * 2 + 1])
    if counts[i] * covered > (most - 1 - counts[i + 1]) * length then
        admitted = 0
    end
end
if admitted == 1 then
    for i = 2, #counts, 2 do
        counts[i] = counts[i] + 1
        redis.call('SET', KEYS[i], counts[i], 'PX', ARGV[i * 2])
    end
end
table.insert(counts, 1, admitted)
return counts
";

/// Counts for all nodes together.
pub struct RedisRateLimiter {
    link: RedisLink,
    hit: Script,
}

impl RedisRateLimiter {
    /// Counts in the database that `link` leads to.
    #[must_use]
    pub fn new(link: RedisLink) -> Self {
        Self { link, hit: Script::new(HIT) }
    }
}

/// A count is of use in its own window and the next. Nodes whose clocks differ by less than this still find it.
const SKEW_MILLIS: u64 = 10_000;

fn key(budget: &Budget, number: i64) -> String {
    let (name, seconds) = (budget.limit.name, budget.limit.window.as_secs());
    format!("hos:rate:{name}:{seconds}:{number}:{}", budget.key)
}

#[async_trait]
impl RateLimiter for RedisRateLimiter {
    async fn hit(&self, budgets: &[Budget], now: Timestamp) -> Result<Verdict, GatewayError> {
        if budgets.is_empty() {
            return Ok(Verdict { admitted: true, standings: Vec::new() });
        }
        let windows: Vec<_> = budgets.iter().map(|budget| SlidingWindow::at(budget.limit, now)).collect();
        let mut hit = self.hit.prepare_invoke();
        for (budget, window) in budgets.iter().zip(&windows) {
            let kept_for = budget.limit.window.as_secs().saturating_mul(2_000).saturating_add(SKEW_MILLIS);
            hit.key(key(budget, window.number().saturating_sub(1))).key(key(budget, window.number()));
            hit.arg(budget.limit.most).arg(window.covered()).arg(window.length()).arg(kept_for);
        }
        let work = async |mut connection| hit.invoke_async::<Vec<u32>>(&mut connection).await;
        let answer = self.link.run(work).await?;
        verdict(&answer, &windows).ok_or_else(|| GatewayError::Malformed(format!("{answer:?}")))
    }
}

/// Reads the script's answer.
fn verdict(answer: &[u32], windows: &[SlidingWindow]) -> Option<Verdict> {
    let (admitted, counts) = answer.split_first()?;
    let (counts, []) = counts.as_chunks::<2>() else { return None };
    let standing = |(window, [previous, current]): (&SlidingWindow, &[u32; 2])| {
        window.standing(Counts { previous: *previous, current: *current })
    };
    let standings = windows.iter().zip(counts).map(standing).collect();
    (counts.len() == windows.len()).then_some(Verdict { admitted: *admitted == 1, standings })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::platform::RateLimit;

    use super::*;

    #[test]
    fn an_answer_of_another_shape_is_no_verdict() {
        let limit = RateLimit { name: "login", most: 5, window: Duration::from_secs(60) };
        let windows = [SlidingWindow::at(limit, Timestamp::EPOCH)];
        assert_eq!(verdict(&[1, 0, 2], &windows).unwrap().standings[0].left, 3);
        for answer in [&[][..], &[1], &[1, 0], &[1, 0, 2, 0], &[1, 0, 2, 0, 2]] {
            assert_eq!(verdict(answer, &windows), None, "{answer:?}");
        }
    }
}
