//! Identities that others vouch for: tokens of OpenID providers and external identity systems checked against published
//! keys, Apple's notices and grants, and the webhooks that keep users in step. Knows nothing of our own users.

mod algorithm;
mod apple;
mod claims;
mod config;
mod jwks;
mod key_set;
mod proof;
mod signed;
mod verifier;
mod webhooks;

pub use algorithm::SignatureAlgorithm;
pub use apple::{APPLE_BASE_URL, AppleClient, AppleGrants, AppleKey, AppleNotices};
pub use config::{GOOGLE_BASE_URL, IssuerConfig};
pub use jwks::KeyCache;
pub use verifier::IssuerVerifier;
pub use webhooks::{ClerkNews, SecretHeader, StandardWebhooks, SupabaseNews};
