//! Rate limits: how many requests of one kind somebody may send in any stretch of time.

use std::time::Duration;

use async_trait::async_trait;

use crate::kernel::{GatewayError, Timestamp};

/// At most `most` hits in any `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// What is limited, e.g. `login`; part of every key and of the `RateLimit` header.
    pub name: &'static str,
    /// So many hits are admitted in one window.
    pub most: u32,
    /// How long a hit counts. Whole seconds.
    pub window: Duration,
}

/// One limit as it applies to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The limit.
    pub limit: RateLimit,
    /// To whom it applies: a user's id, an address, a hash; never a secret and never personal data.
    pub key: String,
}

/// How one budget stands after a hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The limit.
    pub limit: RateLimit,
    /// How many more hits would be admitted now.
    pub left: u32,
    /// After this long at least one more hit is admitted; zero while `left` is more than zero.
    pub retry_after: Duration,
}

/// Whether a hit was admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Every budget had room, and the hit was counted in all of them. A refused hit is counted in none.
    pub admitted: bool,
    /// How each budget stands now, in the order they were given.
    pub standings: Vec<Standing>,
}

impl Verdict {
    /// The standing that decides: the one to wait for longest, or the one with the least room.
    #[must_use]
    pub fn tightest(&self) -> Option<&Standing> {
        self.standings.iter().min_by_key(|standing| (standing.left, std::cmp::Reverse(standing.retry_after)))
    }
}

/// Counts hits, for one process or for all of them together.
///
/// A window slides: it is estimated from two fixed windows, the present one and the one before, of which the part counts
/// that the sliding window still covers (hits are taken as spread evenly). So a key costs two numbers, and the error is
/// bounded by how unevenly the hits of one window came. Fixed windows begin at whole multiples of their length since the
/// epoch.
#[async_trait]
pub trait RateLimiter: Send + Sync {
    /// Counts one hit in all budgets if each has room, at once: of many that race for the last place one gets it.
    ///
    /// # Errors
    /// When the counts can't be reached; then nothing is known, and the caller decides whether to admit.
    async fn hit(&self, budgets: &[Budget], now: Timestamp) -> Result<Verdict, GatewayError>;
}
