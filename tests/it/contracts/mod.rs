//! What every adapter of a port must keep to, whatever is behind it.

mod checkout_gateway;
mod object_store;
mod webhook_verifier;
