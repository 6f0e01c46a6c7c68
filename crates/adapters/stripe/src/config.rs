//! What must be known to talk to Stripe.

use secrecy::SecretString;

/// The API version that requests ask for. Events come in the version of their endpoint, so both shapes are read.
pub(crate) const API_VERSION: &str = "2026-10-28.endive";

/// What must be known to talk to Stripe.
#[derive(Debug, Clone)]
pub struct StripeConfig {
    /// `sk_test_…` or `sk_live_…`.
    pub api_key: SecretString,
    /// `https://api.stripe.com`, or a double of it.
    pub base_url: String,
}
