//! Identity's tables.

mod passwords;
mod sessions;
mod users;
