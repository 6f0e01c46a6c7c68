//! The sandbox's use cases. They exist only with `DEBUG`.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::billing::Catalog;
use hos_domain::kernel::IdSource;
use hos_domain::sandbox::{SandboxQueries, Simulator};
use hos_local::TimerPause;
use hos_sandbox::{LifeSimulator, SandboxDelivery};
use hos_usecases::platform::Runners;
use hos_usecases::sandbox::{AdvanceClock, DecideCheckout, DeliverEvent, OpenSandboxCheckout, PerformInSandbox};

use super::{Parts, SandboxParts};
use crate::routes::SandboxKey;

/// The sandbox's use cases.
#[derive(Clone)]
pub(crate) struct Sandbox {
    key: Arc<SandboxKey>,
    open_checkout: Arc<OpenSandboxCheckout>,
    decide_checkout: Arc<DecideCheckout>,
    advance_clock: Arc<AdvanceClock>,
    perform: Arc<PerformInSandbox>,
    ids: Arc<dyn IdSource>,
    queries: Arc<dyn SandboxQueries>,
}

impl Sandbox {
    pub(super) fn wire(parts: &Parts, sandbox: &SandboxParts, catalog: Arc<Catalog>) -> Self {
        let simulator: Arc<dyn Simulator> = Arc::new(LifeSimulator::default());
        let queries: Arc<dyn SandboxQueries> = Arc::new(parts.reader.clone());
        let (storage, ids) = (|| Arc::new(parts.storage.clone()), || parts.ids.clone());
        let (clock, business_clock) = (|| parts.clock.clone(), || parts.business_clock.clone());
        Self {
            key: Arc::new(SandboxKey { key: sandbox.api_key.clone(), pages_url: parts.public_url.clone() }),
            perform: Arc::new(PerformInSandbox {
                simulator: simulator.clone(),
                catalog: catalog.clone(),
                storage: storage(),
                sandbox: queries.clone(),
                ids: ids(),
                clock: clock(),
                business_clock: business_clock(),
            }),
            ids: ids(),
            open_checkout: Arc::new(OpenSandboxCheckout {
                catalog,
                storage: storage(),
                ids: ids(),
                business_clock: business_clock(),
            }),
            decide_checkout: Arc::new(DecideCheckout {
                simulator: simulator.clone(),
                storage: storage(),
                ids: ids(),
                clock: clock(),
                business_clock: business_clock(),
            }),
            advance_clock: Arc::new(AdvanceClock {
                simulator,
                storage: storage(),
                sandbox: queries.clone(),
                ids: ids(),
                clock: clock(),
                business_clock: business_clock(),
                pause: Arc::new(TimerPause),
            }),
            queries,
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.key.clone()))
            .app_data(Data::from(self.open_checkout.clone()))
            .app_data(Data::from(self.decide_checkout.clone()))
            .app_data(Data::from(self.advance_clock.clone()))
            .app_data(Data::from(self.perform.clone()))
            .app_data(Data::from(self.ids.clone()))
            .app_data(Data::from(self.queries.clone()));
    }

    /// Who carries out the sandbox's jobs.
    pub(super) fn runners(parts: &Parts, sandbox: &SandboxParts, runners: Runners) -> Runners {
        let secret = sandbox.webhook_secret.clone();
        let delivery = SandboxDelivery::new(parts.http.clone(), &sandbox.base_url, secret, parts.clock.clone());
        runners.with(DeliverEvent { storage: Arc::new(parts.storage.clone()), delivery: Arc::new(delivery) })
    }
}
