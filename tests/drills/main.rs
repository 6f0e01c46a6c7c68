//! Drills: processes that are killed, disks that are full, two nodes. Each starts the real binary, which
//! `cargo test --workspace` has built.

mod audit;
mod drain;
mod kill;
mod nodes;
mod reports;
mod smoke;
mod start;
