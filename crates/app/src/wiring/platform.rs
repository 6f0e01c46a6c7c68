//! The platform's use cases.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::platform::{AuditQueries, ProjectQueries};
use hos_usecases::platform::{ChangeProject, CreateProject, TidyUp};

use super::Parts;

/// The platform's use cases.
#[derive(Clone)]
pub(crate) struct Platform {
    pub(super) create_project: Arc<CreateProject>,
    pub(super) change_project: Arc<ChangeProject>,
    pub(super) projects: Arc<dyn ProjectQueries>,
    pub(super) audit_log: Arc<dyn AuditQueries>,
    pub(super) tidy_up: TidyUp,
}

impl Platform {
    pub(super) fn wire(parts: &Parts) -> Self {
        let (storage, clock) = (|| Arc::new(parts.storage.clone()), || parts.clock.clone());
        Self {
            create_project: Arc::new(CreateProject { storage: storage(), ids: parts.ids.clone(), clock: clock() }),
            change_project: Arc::new(ChangeProject { storage: storage(), clock: clock() }),
            projects: Arc::new(parts.reader.clone()),
            audit_log: Arc::new(parts.reader.clone()),
            tidy_up: TidyUp {
                storage: storage(),
                audit_log: Arc::new(parts.reader.clone()),
                audit_heads: parts.audit_heads.clone(),
                ids: parts.ids.clone(),
                clock: clock(),
            },
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.create_project.clone()))
            .app_data(Data::from(self.change_project.clone()))
            .app_data(Data::from(self.projects.clone()))
            .app_data(Data::from(self.audit_log.clone()));
    }
}
