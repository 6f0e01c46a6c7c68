//! Billing's tables.

mod checkouts;
mod journal;
mod notices;
mod observations;
mod queries;
mod standing;
mod subjects;
mod webhooks;
