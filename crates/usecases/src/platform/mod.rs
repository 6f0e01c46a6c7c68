//! The platform's verbs: doing a thing once, running jobs, and the worked example, projects.

mod change_project;
mod create_project;
mod job;
mod once;
mod run_job;
mod tidy_up;

pub use change_project::{ChangeProject, ProjectChanges, ProjectError};
pub use create_project::{CreateProject, NewProject};
pub use job::{JobError, JobPayload, Runner, enqueue};
pub use once::OnceError;
pub(crate) use once::{Begun, Reservation, begin_once, keep_answer, keep_answer_for, release, reserve};
pub use run_job::{RunJob, Runners};
pub use tidy_up::{TidyUp, TidyUpJob};
