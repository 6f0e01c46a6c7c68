//! The use cases that ask a provider for something about what is paid already.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::billing::{BillingQueries, Catalog};
use hos_usecases::billing::{
    CancelSubscription, ChangePlan, GiveRefund, PauseSubscription, Providers, RecordObservations, ResumeSubscription,
    Steer, StopRenewal, VisitProvider,
};

use super::Parts;

/// The verbs of what is paid already.
#[derive(Clone)]
pub(super) struct Steering {
    steer: Steer,
    change: Arc<ChangePlan>,
    cancel: Arc<CancelSubscription>,
    resume: Arc<ResumeSubscription>,
    pause: Arc<PauseSubscription>,
    refund: Arc<GiveRefund>,
    visit: Arc<VisitProvider>,
}

impl Steering {
    pub(super) fn wire(
        parts: &Parts,
        catalog: &Arc<Catalog>,
        providers: &Providers,
        record: &RecordObservations,
    ) -> Self {
        let billing: Arc<dyn BillingQueries> = Arc::new(parts.reader.clone());
        let steer = Steer {
            billing: billing.clone(),
            providers: providers.clone(),
            storage: Arc::new(parts.storage.clone()),
            record: record.clone(),
            ids: parts.ids.clone(),
            clock: parts.clock.clone(),
            business_clock: parts.business_clock.clone(),
        };
        Self {
            change: Arc::new(ChangePlan {
                steer: steer.clone(),
                users: Arc::new(parts.reader.clone()),
                catalog: catalog.clone(),
            }),
            cancel: Arc::new(CancelSubscription { steer: steer.clone() }),
            resume: Arc::new(ResumeSubscription { steer: steer.clone() }),
            pause: Arc::new(PauseSubscription { steer: steer.clone() }),
            refund: Arc::new(GiveRefund { steer: steer.clone() }),
            visit: Arc::new(VisitProvider {
                billing,
                providers: providers.clone(),
                ids: parts.ids.clone(),
                default_return_url: format!("{}/", parts.public_url),
            }),
            steer,
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.change.clone()))
            .app_data(Data::from(self.cancel.clone()))
            .app_data(Data::from(self.resume.clone()))
            .app_data(Data::from(self.pause.clone()))
            .app_data(Data::from(self.refund.clone()))
            .app_data(Data::from(self.visit.clone()));
    }

    /// Who stops renewals.
    pub(super) fn stop_renewal(&self) -> StopRenewal {
        StopRenewal { steer: self.steer.clone() }
    }
}
