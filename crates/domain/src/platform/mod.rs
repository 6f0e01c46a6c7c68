//! Platform: what runs the product. Jobs that carry effects out after a commit, answers kept for idempotency keys, and
//! `projects`, the worked example of a resource.

mod answer;
mod audit;
mod event_bus;
mod job;
mod ports;
mod project;
mod rate_limit;
mod sliding_window;

pub use answer::{AnswerKey, AnswerState, Fingerprint, KeptAnswer};
pub use audit::{
    AuditAction, AuditBreak, AuditEntry, AuditEvent, AuditFilter, AuditHead, AuditHeads, AuditQueries, AuditTrail,
    ChainCheck,
};
pub use event_bus::{EventBus, Listener, Listeners, Topic};
pub use job::{ClaimedJob, DeadJob, Job, JobId, Lease, NewJob, Queue};
pub use ports::{AnswerRepository, Effects, JobQueue, Outbox, ProjectQueries, ProjectRepository, Unit};
pub use project::{NumberedPage, PageNumber, Project, ProjectDescription, ProjectFilter, ProjectId, ProjectName};
pub use rate_limit::{Budget, RateLimit, RateLimiter, Standing, Verdict};
pub use sliding_window::{Counts, SlidingWindow};
