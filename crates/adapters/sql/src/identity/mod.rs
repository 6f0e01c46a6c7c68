//! Identity's tables.

mod codes;
mod consents;
mod login_failures;
mod passwords;
mod sessions;
mod users;
