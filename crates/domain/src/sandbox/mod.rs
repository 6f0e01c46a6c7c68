//! The sandbox: a payment provider of our own that needs no account. It has customers, cards that behave, a clock that
//! can be wound, and sends signed webhooks as any provider would. It exists in development mode only.

mod checkout;
mod customer;
mod deed;
mod ports;

pub use checkout::{CheckoutOutcome, SandboxCheckout, SandboxCheckoutState};
pub use customer::{
    Card, SandboxCustomer, SandboxDispute, SandboxEnd, SandboxInvoice, SandboxRefund, SandboxState, SandboxSubscription,
};
pub use deed::{SandboxDeed, SandboxPrice, SandboxRefusal, customer_of};
pub use ports::{SandboxEvent, SandboxQueries, SandboxRepository, Simulator, Unit, WebhookDelivery};
