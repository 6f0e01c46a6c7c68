//! The sandbox's tables.

mod clock;
mod queries;
mod repository;
mod rows;
