//! Messaging's tables.

mod devices;
mod preferences;
