//! What every adapter of a port must keep to, whatever is behind it.

mod checkout_gateway;
mod event_bus;
mod foreign_notices;
mod foreign_tokens;
mod issuer_keys;
mod jobs;
mod object_store;
mod passkeys;
mod payments;
mod projects;
mod rate_limiter;
mod razorpay;
mod subjects;
mod webhook_verifier;
