//! The verbs of Hypertrophy OS: one file per use case, grouped by context. HTTP, jobs and the command line all call the
//! same one. A use case is `begin → verb → commit`; between the two only the unit of work is awaited.

pub mod billing;
pub mod identity;
pub mod media;
pub mod messaging;
pub mod platform;
pub mod sandbox;
