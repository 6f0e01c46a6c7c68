//! The payment sandbox: the lives of pretended customers (pure), its own webhooks written, signed, verified and read,
//! and the client that asks it for everything a provider is asked for. It can also tell a life in Stripe's words, which is how the translation of
//! both is held against what really happened.

mod delivery;
mod gateway;
mod pdf;
mod port;
mod requests;
mod simulator;
mod stripe_words;
mod translate;
mod webhook;
mod wire;

pub use delivery::SandboxDelivery;
pub use gateway::SandboxGateway;
pub use pdf::pdf;
pub use simulator::{Deed, Happening, LifeSimulator, Order, PriceChange, Snapshot};
pub use stripe_words::{StripeEvent, StripeShape, in_stripe_words};
pub use translate::SandboxTranslator;
pub use webhook::SandboxVerifier;
pub use wire::{
    InvoiceBody, InvoicesBody, OpenCheckoutBody, OpenPortalBody, OpenedBody, PageBody, PreviewBody, SaidBody, event_of,
};
