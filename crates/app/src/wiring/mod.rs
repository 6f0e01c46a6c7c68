//! The only place that knows which adapter stands behind which port. A file per context: settings and shared parts go
//! in, use cases come out.

mod identity;
mod parts;
mod platform;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use hos_domain::identity::UserQueries;
use hos_usecases::identity::Register;
use hos_usecases::platform::{CreateProject, RunJob, Runners};

pub(crate) use parts::{Parts, Secrets};

use self::identity::Identity;
use self::platform::Platform;

/// Every use case of the product.
#[derive(Clone)]
pub(crate) struct UseCases {
    identity: Identity,
    platform: Platform,
}

impl UseCases {
    /// Puts everything together.
    pub(crate) fn wire(parts: &Parts) -> Self {
        Self { identity: Identity::wire(parts), platform: Platform::wire(parts) }
    }

    /// Makes accounts.
    pub(crate) fn register(&self) -> &Register {
        &self.identity.register
    }

    /// Reads accounts.
    pub(crate) fn users(&self) -> &dyn UserQueries {
        &*self.identity.users
    }

    /// Starts projects.
    pub(crate) fn create_project(&self) -> &CreateProject {
        &self.platform.create_project
    }

    /// Hands the use cases to the handlers.
    pub(crate) fn provide(&self, config: &mut ServiceConfig) {
        self.identity.provide(config);
        self.platform.provide(config);
    }
}

/// Who carries out the jobs.
pub(crate) fn run_job(parts: &Parts) -> Arc<RunJob> {
    Arc::new(RunJob {
        queue: Arc::new(parts.storage.clone()),
        runners: Runners::default(),
        ids: Arc::clone(&parts.ids),
        clock: Arc::clone(&parts.clock),
    })
}
