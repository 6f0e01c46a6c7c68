//! The nouns of Hypertrophy OS: entities, value objects, states and their transitions, ports (traits) and typed
//! errors. This floor knows no HTTP, no SQL, no async runtime, and has no clock or randomness of its own.
//!
//! One module per bounded context, plus the `kernel`: the words every context speaks.

pub mod billing;
pub mod identity;
pub mod kernel;
pub mod media;
pub mod messaging;
pub mod platform;
pub mod sandbox;
