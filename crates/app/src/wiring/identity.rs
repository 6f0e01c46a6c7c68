//! Identity's use cases.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::{SessionQueries, UserQueries};
use hos_local::{HmacDevices, HmacNames, TimerPause};
use hos_usecases::identity::{
    Authenticate, ChangePassword, ChangeProfile, EndSessions, LogIn, LogOut, LoginGuard, MailCode, OpenSession,
    RefreshSession, Register, ResetPassword, VerifyEmail,
};
use hos_usecases::platform::Runners;

use super::Parts;

/// Identity's use cases.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(super) authenticate: Arc<Authenticate>,
    pub(super) register: Arc<Register>,
    pub(super) verify_email: Arc<VerifyEmail>,
    pub(super) reset_password: Arc<ResetPassword>,
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
        let settings = &parts.settings;
        let users: Arc<dyn UserQueries> = Arc::new(parts.reader.clone());
        let storage = || Arc::new(parts.storage.clone());
        let (hasher, tokens, sessions) = (|| parts.hasher.clone(), || parts.tokens.clone(), || parts.sessions.clone());
        let (ids, clock, codes) = (|| parts.ids.clone(), || parts.clock.clone(), || parts.codes.clone());
        let open_session = OpenSession { tokens: tokens(), sessions: sessions(), ids: ids(), clock: clock() };
        Self {
            authenticate: Arc::new(Authenticate { tokens: tokens(), sessions: sessions(), clock: clock() }),
            register: Arc::new(Register {
                storage: storage(),
                hasher: hasher(),
                open_session: open_session.clone(),
                minimum_age: settings.identity.least_ages(),
                confirm: settings.identity.confirms(settings.server.debug),
            }),
            verify_email: Arc::new(VerifyEmail {
                storage: storage(),
                codes: codes(),
                open_session: open_session.clone(),
            }),
            reset_password: Arc::new(ResetPassword {
                storage: storage(),
                codes: codes(),
                hasher: hasher(),
                sessions: sessions(),
                ids: ids(),
                clock: clock(),
            }),
            log_in: Arc::new(LogIn {
                users: users.clone(),
                storage: storage(),
                hasher: hasher(),
                guard: guard(parts),
                open_session,
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
            .app_data(Data::from(self.verify_email.clone()))
            .app_data(Data::from(self.reset_password.clone()))
            .app_data(Data::from(self.log_in.clone()))
            .app_data(Data::from(self.refresh.clone()))
            .app_data(Data::from(self.log_out.clone()))
            .app_data(Data::from(self.end_sessions.clone()))
            .app_data(Data::from(self.change_password.clone()))
            .app_data(Data::from(self.change_profile.clone()))
            .app_data(Data::from(self.sessions.clone()))
            .app_data(Data::from(self.users.clone()));
    }

    /// Who carries out identity's jobs.
    pub(super) fn runners(parts: &Parts, runners: Runners) -> Runners {
        let storage = Arc::new(parts.storage.clone());
        runners.with(MailCode { storage, ids: parts.ids.clone(), clock: parts.clock.clone() })
    }
}

fn guard(parts: &Parts) -> LoginGuard {
    LoginGuard {
        failures: Arc::new(parts.reader.clone()),
        storage: Arc::new(parts.storage.clone()),
        names: Arc::new(HmacNames::new(parts.data_key.derive("names of failed logins"))),
        devices: Arc::new(HmacDevices::new(parts.data_key.derive("known devices"))),
        codes: parts.codes.clone(),
        pause: Arc::new(TimerPause),
        ids: parts.ids.clone(),
        clock: parts.clock.clone(),
    }
}
