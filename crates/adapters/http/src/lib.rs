//! What all adapters over HTTP share: one client, timeouts, retry, circuit breaker, redaction and error mapping, and the
//! signature scheme of timestamped webhooks. The only crate that names the HTTP client.

mod breaker;
mod call;
mod outbound;
mod plain_signature;
mod signature;

pub use call::{Answer, Call};
pub use outbound::{HttpClient, Outbound, Patience, set_up_tls};
pub use plain_signature::{sign_plain, verify_plain};
pub use signature::{sign, verify_timestamped};
