//! The platform's tables.

mod answers;
pub(crate) mod jobs;
mod outbox;
mod projects;
