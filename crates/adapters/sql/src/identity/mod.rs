//! Identity's tables.

mod api_keys;
mod codes;
mod consents;
mod device_grants;
mod foreign_links;
mod invitations;
mod login_failures;
mod memberships;
mod merges;
mod organization_queries;
mod organizations;
mod passkeys;
mod passwords;
mod sessions;
mod totp;
mod users;

pub use merges::{MERGE_RULES, MergeRule};
