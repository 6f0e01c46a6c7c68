//! Identity's tables.

mod codes;
mod consents;
mod foreign_links;
mod login_failures;
mod passkeys;
mod passwords;
mod sessions;
mod totp;
mod users;
