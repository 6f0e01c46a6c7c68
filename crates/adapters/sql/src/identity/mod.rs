//! Identity's tables.

mod api_keys;
mod codes;
mod consents;
mod device_grants;
mod foreign_links;
mod login_failures;
mod passkeys;
mod passwords;
mod sessions;
mod totp;
mod users;
