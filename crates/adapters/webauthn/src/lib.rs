//! Passkeys: the ceremonies of WebAuthn (Level 3) from the server's side, each in two halves. What an authenticator says
//! about its make is neither asked for nor believed. This crate keeps nothing; what must last between the halves goes out
//! as bytes and comes back.

mod answer;
mod ceremonies;
mod party;
mod state;
mod stored_key;

pub use party::WebAuthn;
