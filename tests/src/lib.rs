//! What the end-to-end tests stand on: the very same application as `serve` starts, on port 0, with a client that
//! holds every answer against the OpenAPI document.

mod api;
mod app;
mod authenticator;
mod browser;
mod bucket;
mod cbor;
mod compatibility;
mod device_key;
mod document;
mod fake_razorpay;
mod fake_stripe;
mod foreign_keys;
mod identity_provider;
mod proxy;
mod razorpay;
mod reply;
mod server;
mod standard_webhooks;
mod stripe;
mod unwell;

pub use api::{Api, PASSWORD, Session};
pub use app::{TestApp, TestAppBuilder};
pub use authenticator::Authenticator;
pub use browser::{Browser, set_cookies};
pub use bucket::TestBucket;
pub use compatibility::breaks;
pub use device_key::Algorithm;
pub use document::Document;
pub use fake_razorpay::{FakeRazorpay, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RazorpayEvent};
pub use fake_stripe::{FakeStripe, STRIPE_KEY};
pub use foreign_keys::{ForeignKey, id_claims, sign_with_secret, unsigned};
pub use identity_provider::{APPLE_KEY, APPLE_KEY_ID, APPLE_TEAM, IdentityProvider, Mood};
pub use proxy::Proxy;
pub use razorpay::RAZORPAY_SECRET;
pub use reply::Reply;
pub use server::{Server, ServerBuilder};
pub use standard_webhooks::WEBHOOK_SECRET;
pub use stripe::{STRIPE_SECRET, StripeCustomer};
pub use unwell::Fault;
