//! What several nodes share in Redis: the counts of rate limits, and news. Nothing that must not be lost is in there, and
//! nobody waits for it while it is away.

mod backoff;
mod error;
mod event_bus;
mod link;
mod rate_limiter;
mod wire;

pub use event_bus::RedisBus;
pub use link::RedisLink;
pub use rate_limiter::RedisRateLimiter;
