//! Stripe: its webhooks verified and read, and all that can be asked of it. Protocol notes: docs/providers/stripe.md.

mod client;
mod config;
mod gateways;
mod translate;
mod webhook;
mod wire;

pub use client::Stripe;
pub use config::StripeConfig;
pub use translate::StripeTranslator;
pub use webhook::StripeVerifier;
