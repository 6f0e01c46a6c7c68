//! What one process offers by itself, without any outside system: clocks, ids, hashing slots,
//! keys, tokens, caches, an image codec, QR codes, the words of messages, and a folder for mail and pushes not really sent.

mod api_keys;
mod changed_users;
mod clock;
mod codes;
mod compare;
mod csrf;
mod entitlement_tokens;
mod event_bus;
mod foreign_accounts;
mod hashing;
mod ids;
mod image_codec;
mod keys;
mod outbox;
mod qr;
mod rate_limiter;
mod sealer;
mod sessions;
mod token_keys;
mod tokens;
mod wording;

pub use api_keys::KnownKeys;
pub use changed_users::ChangedUsers;
pub use clock::{SystemClock, TimerPause, WoundClock};
pub use codes::{HmacCodes, HmacDevices, HmacHeads, HmacInvitations, HmacNames};
pub use compare::{keyed_name, same_secret};
pub use csrf::HmacCsrf;
pub use entitlement_tokens::Ed25519Tokens;
pub use event_bus::LocalBus;
pub use foreign_accounts::KnownForeignAccounts;
pub use hashing::{Argon2Slots, HashingCost};
pub use ids::OsIds;
pub use image_codec::LocalImageCodec;
pub use keys::{DataKey, DataKeyError};
pub use outbox::{ConsoleOutbox, OutboxEntry};
pub use qr::{QrTooLong, svg as qr_svg};
pub use rate_limiter::LocalRateLimiter;
pub use sealer::XChaChaSealer;
pub use sessions::KnownSessions;
pub use token_keys::{TokenKey, TokenKeyError};
pub use tokens::{JwtTokens, TokenNames};
pub use wording::FluentWording;
