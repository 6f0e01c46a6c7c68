//! The only place that knows which adapter stands behind which port. A file per context: settings and shared parts go
//! in, use cases come out.

mod billing;
mod identity;
mod media;
mod messaging;
mod parts;
mod platform;
mod sandbox;
mod steering;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::UserQueries;
use hos_domain::kernel::{BusinessClock, Clock, Stored};
use hos_usecases::identity::{AdministerUsers, Register};
use hos_usecases::platform::{CreateProject, RunJob, Runners};
pub(crate) use parts::{Outside, Parts, SandboxParts, Secrets};

use self::billing::Billing;
use self::identity::Identity;
use self::media::Media;
use self::messaging::Messaging;
use self::platform::Platform;
use self::sandbox::Sandbox;

/// A setting that was read and can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WiringError {
    /// Which, and why.
    #[error("{name}: {message}")]
    Setting {
        /// The variable's name.
        name: &'static str,
        /// What is wrong.
        message: String,
    },
}

/// Every use case of the product.
#[derive(Clone)]
pub(crate) struct UseCases {
    identity: Identity,
    billing: Billing,
    messaging: Messaging,
    media: Media,
    platform: Platform,
    sandbox: Option<Sandbox>,
    clock: Arc<dyn Clock>,
    business_clock: Arc<dyn BusinessClock>,
    debug: bool,
}

impl UseCases {
    /// Puts everything together.
    pub(crate) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let billing = Billing::wire(parts)?;
        let catalog = Arc::new(billing::catalog(parts)?);
        Ok(Self {
            identity: Identity::wire(parts)?,
            billing,
            messaging: Messaging::wire(parts)?,
            media: Media::wire(parts)?,
            platform: Platform::wire(parts),
            sandbox: parts.sandbox.as_ref().map(|sandbox| Sandbox::wire(parts, sandbox, catalog)),
            clock: parts.clock.clone(),
            business_clock: parts.business_clock.clone(),
            debug: parts.settings.server.debug,
        })
    }

    /// Makes accounts.
    pub(crate) fn register(&self) -> &Register {
        self.identity.register()
    }

    /// Administers accounts.
    pub(crate) fn administer_users(&self) -> &AdministerUsers {
        self.identity.administer()
    }

    /// Reads accounts.
    pub(crate) fn users(&self) -> &dyn UserQueries {
        self.identity.users()
    }

    /// Begins what goes on by itself for as long as there are workers: standings are brought up to the rules of this
    /// process, and what has lapsed is removed.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub(crate) async fn begin(&self) -> Stored<()> {
        self.billing.derive_anew().begin().await?;
        self.platform.tidy_up.begin().await
    }

    /// Starts projects.
    pub(crate) fn create_project(&self) -> &CreateProject {
        &self.platform.create_project
    }

    /// Hands the use cases to the handlers.
    pub(crate) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.clock.clone())).app_data(Data::from(self.business_clock.clone()));
        self.identity.provide(config);
        self.billing.provide(config);
        self.messaging.provide(config, self.debug);
        self.media.provide(config);
        self.platform.provide(config);
        if let Some(sandbox) = &self.sandbox {
            sandbox.provide(config);
        }
    }

    /// Who carries out the jobs.
    pub(crate) fn run_job(&self, parts: &Parts) -> Arc<RunJob> {
        let runners = self.billing.runners(parts, Runners::default());
        let runners = self.identity.runners(parts, runners);
        let runners = self.messaging.runners(parts, runners);
        let runners = self.media.runners(parts, runners).with(self.platform.tidy_up.clone());
        let runners = match &parts.sandbox {
            Some(sandbox) => Sandbox::runners(parts, sandbox, runners),
            None => runners,
        };
        let (queue, ids, clock) = (Arc::new(parts.storage.clone()), parts.ids.clone(), parts.clock.clone());
        let lease = parts.settings.server.job_lease;
        Arc::new(RunJob { queue, runners, lease, ids, clock })
    }
}
