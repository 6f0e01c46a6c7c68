//! What the end-to-end tests stand on: the very same application as `serve` starts, on port 0, with a client that
//! holds every answer against the OpenAPI document.

mod app;
mod bucket;
mod document;
mod reply;
mod stripe;

pub use app::{Session, TestApp, TestAppBuilder};
pub use bucket::TestBucket;
pub use document::Document;
pub use reply::Reply;
pub use stripe::{STRIPE_SECRET, StripeCustomer};
