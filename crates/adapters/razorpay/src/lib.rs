//! Razorpay: its webhooks verified and read, its subscriptions opened. Protocol notes: docs/providers/razorpay.md.

mod config;
mod translate;
mod webhook;
mod wire;

pub use config::{RazorpayConfig, environment_of};
pub use translate::RazorpayTranslator;
pub use webhook::RazorpayVerifier;
