//! Those who run the product, and what they do with members' accounts.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_usecases::identity::{AdministerUsers, Impersonate};

use super::Shared;

#[derive(Clone)]
pub(super) struct Administration {
    pub(super) administer: Arc<AdministerUsers>,
    impersonate: Arc<Impersonate>,
}

impl Administration {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let parts = shared.parts;
        let storage = || Arc::new(parts.storage.clone());
        Self {
            administer: Arc::new(AdministerUsers {
                storage: storage(),
                sessions: parts.sessions.clone(),
                keys: parts.keys.clone(),
                ids: parts.ids.clone(),
                clock: parts.clock.clone(),
            }),
            impersonate: Arc::new(Impersonate {
                prove_again: shared.prove_again.clone(),
                tokens: parts.tokens.clone(),
                storage: storage(),
                ids: parts.ids.clone(),
                clock: parts.clock.clone(),
            }),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.administer.clone())).app_data(Data::from(self.impersonate.clone()));
    }
}
