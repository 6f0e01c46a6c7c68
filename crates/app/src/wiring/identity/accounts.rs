//! Accounts, from registration to deletion.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_usecases::identity::{
    AdministerUsers, ChangeEmail, ChangePassword, ChangeProfile, DeleteAccount, Register, ResetPassword,
    RestoreAccount, VerifyEmail,
};

use super::Shared;

#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) register: Arc<Register>,
    pub(super) administer: Arc<AdministerUsers>,
    verify_email: Arc<VerifyEmail>,
    reset_password: Arc<ResetPassword>,
    change_password: Arc<ChangePassword>,
    change_profile: Arc<ChangeProfile>,
    change_email: Arc<ChangeEmail>,
    delete_account: Arc<DeleteAccount>,
    restore_account: Arc<RestoreAccount>,
}

impl Accounts {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let (parts, settings) = (shared.parts, &shared.parts.settings);
        let storage = || Arc::new(parts.storage.clone());
        let (sessions, hasher, codes) = (|| parts.sessions.clone(), || parts.hasher.clone(), || parts.codes.clone());
        let (keys, ids, clock) = (|| parts.keys.clone(), || parts.ids.clone(), || parts.clock.clone());
        let (prove_again, open_session) = (|| shared.prove_again.clone(), || shared.open_session.clone());
        Self {
            register: Arc::new(Register {
                storage: storage(),
                hasher: hasher(),
                open_session: open_session(),
                minimum_age: settings.identity.least_ages(),
                confirm: settings.identity.confirms(settings.server.debug),
            }),
            administer: Arc::new(AdministerUsers {
                storage: storage(),
                sessions: sessions(),
                keys: keys(),
                ids: ids(),
                clock: clock(),
            }),
            verify_email: Arc::new(VerifyEmail { storage: storage(), codes: codes(), open_session: open_session() }),
            reset_password: Arc::new(ResetPassword {
                storage: storage(),
                codes: codes(),
                hasher: hasher(),
                sessions: sessions(),
                keys: keys(),
                ids: ids(),
                clock: clock(),
            }),
            change_password: Arc::new(ChangePassword {
                prove_again: prove_again(),
                storage: storage(),
                sessions: sessions(),
                ids: ids(),
            }),
            change_profile: Arc::new(ChangeProfile { storage: storage() }),
            change_email: Arc::new(ChangeEmail {
                prove_again: prove_again(),
                storage: storage(),
                codes: codes(),
                ids: ids(),
                clock: clock(),
            }),
            delete_account: Arc::new(DeleteAccount {
                prove_again: prove_again(),
                storage: storage(),
                sessions: sessions(),
                keys: keys(),
                ids: ids(),
                clock: clock(),
            }),
            restore_account: Arc::new(RestoreAccount {
                users: shared.users.clone(),
                storage: storage(),
                hasher: hasher(),
                guard: shared.guard.clone(),
                open_session: open_session(),
            }),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.register.clone()))
            .app_data(Data::from(self.administer.clone()))
            .app_data(Data::from(self.verify_email.clone()))
            .app_data(Data::from(self.reset_password.clone()))
            .app_data(Data::from(self.change_password.clone()))
            .app_data(Data::from(self.change_profile.clone()))
            .app_data(Data::from(self.change_email.clone()))
            .app_data(Data::from(self.delete_account.clone()))
            .app_data(Data::from(self.restore_account.clone()));
    }
}
