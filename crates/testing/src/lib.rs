//! For tests only: a stage with real storage, a clock that stands still, fakes, and the contract suites.

mod clock;
mod database;
mod hasher;
mod redis;
mod stage;

pub use clock::StoppedClock;
pub use database::TestDatabase;
pub use hasher::CountingHasher;
pub use redis::redis_url;
pub use stage::{Stage, StageUser};
