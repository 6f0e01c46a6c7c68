//! Razorpay: its webhooks verified and read, its subscriptions opened and changed. Protocol notes: docs/providers/razorpay.md.

mod client;
mod config;
mod gateways;
mod proof;
mod translate;
mod webhook;
mod wire;

pub use client::Razorpay;
pub use config::{RazorpayConfig, environment_of};
pub use proof::PaymentProofs;
pub use translate::RazorpayTranslator;
pub use webhook::RazorpayVerifier;
