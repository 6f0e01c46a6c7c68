//! The platform's tables.

mod answers;
mod jobs;
mod outbox;
mod projects;
