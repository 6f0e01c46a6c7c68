//! Identity's tables.

mod api_keys;
mod codes;
mod consents;
mod device_grants;
mod login_failures;
mod passwords;
mod sessions;
mod users;
