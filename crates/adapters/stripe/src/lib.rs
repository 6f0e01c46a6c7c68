//! Stripe: its webhooks verified and read, its checkouts opened. Protocol notes: docs/providers/stripe.md.

mod checkout;
mod client;
mod config;
mod translate;
mod webhook;
mod wire;

pub use checkout::StripeCheckout;
pub use config::StripeConfig;
pub use translate::StripeTranslator;
pub use webhook::StripeVerifier;
