//! Razorpay: its webhooks verified and read, its subscriptions opened. Protocol notes: docs/providers/razorpay.md.

mod checkout;
mod client;
mod config;
mod proof;
mod translate;
mod webhook;
mod wire;

pub use checkout::RazorpayCheckout;
pub use config::{RazorpayConfig, environment_of};
pub use proof::PaymentProofs;
pub use translate::RazorpayTranslator;
pub use webhook::RazorpayVerifier;
