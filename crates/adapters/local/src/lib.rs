//! What one process offers by itself, without any outside system: clocks, ids, hashing slots, keys, tokens and caches.

mod clock;
mod compare;
mod hashing;
mod ids;
mod keys;
mod sealer;
mod sessions;
mod tokens;

pub use clock::{SystemClock, WoundClock};
pub use compare::{keyed_name, same_secret};
pub use hashing::{Argon2Slots, HashingCost};
pub use ids::OsIds;
pub use keys::{DataKey, DataKeyError};
pub use sealer::XChaChaSealer;
pub use sessions::KnownSessions;
pub use tokens::{HmacTokens, TokenNames};
