//! Accounts, from registration to deletion.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_usecases::identity::{
    BeAnonymous, ChangeEmail, ChangePassword, ChangeProfile, DeleteAccount, MergeAccounts, Register, ResetPassword,
    RestoreAccount, VerifyEmail,
};

use super::Shared;

#[derive(Clone)]
pub(super) struct Accounts {
    pub(super) register: Arc<Register>,
    verify_email: Arc<VerifyEmail>,
    be_anonymous: Arc<BeAnonymous>,
    merge: Arc<MergeAccounts>,
    reset_password: Arc<ResetPassword>,
    change_password: Arc<ChangePassword>,
    change_profile: Arc<ChangeProfile>,
    change_email: Arc<ChangeEmail>,
    delete_account: Arc<DeleteAccount>,
    restore_account: Arc<RestoreAccount>,
}

impl Accounts {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let parts = shared.parts;
        let storage = || Arc::new(parts.storage.clone());
        let (sessions, hasher, codes) = (|| parts.sessions.clone(), || parts.hasher.clone(), || parts.codes.clone());
        let (keys, ids, clock) = (|| parts.keys.clone(), || parts.ids.clone(), || parts.clock.clone());
        let (prove_again, open_session) = (|| shared.prove_again.clone(), || shared.open_session.clone());
        let register = Arc::new(register(shared));
        let be_anonymous = BeAnonymous { storage: storage(), open_session: open_session(), register: register.clone() };
        Self {
            register,
            be_anonymous: Arc::new(be_anonymous),
            merge: Arc::new(MergeAccounts {
                prove_again: prove_again(),
                tokens: parts.tokens.clone(),
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
                sealer: parts.sealer.clone(),
                ids: ids(),
                clock: clock(),
            }),
            restore_account: Arc::new(restore_account(shared)),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.register.clone()))
            .app_data(Data::from(self.verify_email.clone()))
            .app_data(Data::from(self.be_anonymous.clone()))
            .app_data(Data::from(self.merge.clone()))
            .app_data(Data::from(self.reset_password.clone()))
            .app_data(Data::from(self.change_password.clone()))
            .app_data(Data::from(self.change_profile.clone()))
            .app_data(Data::from(self.change_email.clone()))
            .app_data(Data::from(self.delete_account.clone()))
            .app_data(Data::from(self.restore_account.clone()));
    }
}

fn register(shared: &Shared<'_>) -> Register {
    let settings = &shared.parts.settings;
    Register {
        storage: Arc::new(shared.parts.storage.clone()),
        hasher: shared.parts.hasher.clone(),
        open_session: shared.open_session.clone(),
        minimum_age: settings.identity.least_ages(),
        confirm: settings.identity.confirms(settings.server.debug),
    }
}

fn restore_account(shared: &Shared<'_>) -> RestoreAccount {
    RestoreAccount {
        users: shared.users.clone(),
        storage: Arc::new(shared.parts.storage.clone()),
        hasher: shared.parts.hasher.clone(),
        guard: shared.guard.clone(),
        open_session: shared.open_session.clone(),
    }
}
