//! Platform: what runs the product. Jobs that carry effects out after a commit, answers kept for idempotency keys, and
//! `projects`, the worked example of a resource.

mod answer;
mod job;
mod ports;
mod project;

pub use answer::{AnswerKey, AnswerState, Fingerprint, KeptAnswer};
pub use job::{ClaimedJob, DeadJob, Job, JobId, Lease, NewJob, Queue};
pub use ports::{AnswerRepository, Effects, JobQueue, Outbox, ProjectQueries, ProjectRepository, Unit};
pub use project::{NumberedPage, PageNumber, Project, ProjectDescription, ProjectFilter, ProjectId, ProjectName};
