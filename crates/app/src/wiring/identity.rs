//! Identity's use cases.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::{SessionQueries, UserQueries};
use hos_usecases::identity::{
    Authenticate, ChangePassword, ChangeProfile, EndSessions, LogIn, LogOut, RefreshSession, Register,
};

use super::Parts;

/// Identity's use cases.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(super) authenticate: Arc<Authenticate>,
    pub(super) register: Arc<Register>,
    pub(super) log_in: Arc<LogIn>,
    pub(super) refresh: Arc<RefreshSession>,
    pub(super) log_out: Arc<LogOut>,
    pub(super) end_sessions: Arc<EndSessions>,
    pub(super) change_password: Arc<ChangePassword>,
    pub(super) change_profile: Arc<ChangeProfile>,
    pub(super) sessions: Arc<dyn SessionQueries>,
    pub(super) users: Arc<dyn UserQueries>,
}

impl Identity {
    pub(super) fn wire(parts: &Parts) -> Self {
        let users: Arc<dyn UserQueries> = Arc::new(parts.reader.clone());
        let storage = || Arc::new(parts.storage.clone());
        let (hasher, tokens, sessions) = (|| parts.hasher.clone(), || parts.tokens.clone(), || parts.sessions.clone());
        let (ids, clock) = (|| parts.ids.clone(), || parts.clock.clone());
        Self {
            authenticate: Arc::new(Authenticate { tokens: tokens(), sessions: sessions(), clock: clock() }),
            register: Arc::new(Register {
                storage: storage(),
                hasher: hasher(),
                tokens: tokens(),
                sessions: sessions(),
                ids: ids(),
                clock: clock(),
            }),
            log_in: Arc::new(LogIn {
                users: users.clone(),
                storage: storage(),
                hasher: hasher(),
                tokens: tokens(),
                sessions: sessions(),
                ids: ids(),
                clock: clock(),
            }),
            refresh: Arc::new(RefreshSession {
                storage: storage(),
                tokens: tokens(),
                sessions: sessions(),
                ids: ids(),
                clock: clock(),
            }),
            log_out: Arc::new(LogOut { storage: storage(), sessions: sessions(), clock: clock() }),
            end_sessions: Arc::new(EndSessions { storage: storage(), sessions: sessions(), clock: clock() }),
            change_password: Arc::new(ChangePassword {
                users: users.clone(),
                hasher: hasher(),
                storage: storage(),
                sessions: sessions(),
                ids: ids(),
                clock: clock(),
            }),
            change_profile: Arc::new(ChangeProfile { storage: storage() }),
            sessions: Arc::new(parts.reader.clone()),
            users,
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.authenticate.clone()))
            .app_data(Data::from(self.register.clone()))
            .app_data(Data::from(self.log_in.clone()))
            .app_data(Data::from(self.refresh.clone()))
            .app_data(Data::from(self.log_out.clone()))
            .app_data(Data::from(self.end_sessions.clone()))
            .app_data(Data::from(self.change_password.clone()))
            .app_data(Data::from(self.change_profile.clone()))
            .app_data(Data::from(self.sessions.clone()))
            .app_data(Data::from(self.users.clone()));
    }
}
