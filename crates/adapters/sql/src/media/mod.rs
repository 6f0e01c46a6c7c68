//! Media's tables.

mod photos;
mod uploads;
