//! What Apple has beyond ID tokens: notices that it sends, and grants that must be given back.

mod client_secret;
mod grants;
mod notices;

pub use client_secret::AppleKey;
pub use grants::{AppleClient, AppleGrants};
pub use notices::AppleNotices;

/// Where Apple publishes its keys and takes back grants.
pub const APPLE_BASE_URL: &str = "https://appleid.apple.com";

/// Who signs Apple's tokens, and whom our client secrets are for, whatever address we talk to.
pub(crate) const APPLE_ISSUER: &str = "https://appleid.apple.com";
