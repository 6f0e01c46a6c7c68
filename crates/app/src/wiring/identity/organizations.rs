//! Gyms and teams.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::OrganizationQueries;
use hos_usecases::identity::{
    AnswerInvitation, BrowseOrganization, ChangeMembership, ChangeOrganization, Invite, MakeOrganization,
    TransferOrganization,
};

use super::Shared;

#[derive(Clone)]
pub(super) struct Organizations {
    make: Arc<MakeOrganization>,
    change: Arc<ChangeOrganization>,
    transfer: Arc<TransferOrganization>,
    browse: Arc<BrowseOrganization>,
    change_membership: Arc<ChangeMembership>,
    invite: Arc<Invite>,
    answer: Arc<AnswerInvitation>,
    queries: Arc<dyn OrganizationQueries>,
}

impl Organizations {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let parts = shared.parts;
        let storage = || Arc::new(parts.storage.clone());
        let (ids, clock) = (|| parts.ids.clone(), || parts.clock.clone());
        let prove_again = || shared.prove_again.clone();
        let queries: Arc<dyn OrganizationQueries> = Arc::new(parts.reader.clone());
        Self {
            make: Arc::new(MakeOrganization { storage: storage(), ids: ids(), clock: clock() }),
            change: Arc::new(ChangeOrganization { prove_again: prove_again(), storage: storage(), clock: clock() }),
            transfer: Arc::new(TransferOrganization { prove_again: prove_again(), storage: storage(), clock: clock() }),
            browse: Arc::new(BrowseOrganization { organizations: queries.clone(), clock: clock() }),
            change_membership: Arc::new(ChangeMembership { storage: storage(), clock: clock() }),
            invite: Arc::new(Invite { storage: storage(), ids: ids(), clock: clock() }),
            answer: Arc::new(AnswerInvitation {
                tokens: parts.invitations.clone(),
                storage: storage(),
                ids: ids(),
                clock: clock(),
            }),
            queries,
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.make.clone()))
            .app_data(Data::from(self.change.clone()))
            .app_data(Data::from(self.transfer.clone()))
            .app_data(Data::from(self.browse.clone()))
            .app_data(Data::from(self.change_membership.clone()))
            .app_data(Data::from(self.invite.clone()))
            .app_data(Data::from(self.answer.clone()))
            .app_data(Data::from(self.queries.clone()));
    }
}
