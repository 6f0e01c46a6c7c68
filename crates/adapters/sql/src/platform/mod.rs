//! The platform's tables.

mod answers;
mod audit;
pub(crate) mod jobs;
mod outbox;
mod projects;
