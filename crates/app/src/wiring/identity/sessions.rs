//! Sessions, from login to logout.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::SessionQueries;
use hos_usecases::identity::{Authenticate, EndSessions, LogIn, LogOut, ProveAgain, RefreshSession, ShowCsrfToken};

use super::Shared;
use super::external::issuer;

#[derive(Clone)]
pub(super) struct Sessions {
    authenticate: Arc<Authenticate>,
    pub(super) log_in: Arc<LogIn>,
    refresh: Arc<RefreshSession>,
    show_csrf_token: Arc<ShowCsrfToken>,
    pub(super) log_out: Arc<LogOut>,
    end_sessions: Arc<EndSessions>,
    prove_again: Arc<ProveAgain>,
    queries: Arc<dyn SessionQueries>,
}

impl Sessions {
    pub(super) fn wire(shared: &Shared<'_>) -> Self {
        let parts = shared.parts;
        let storage = || Arc::new(parts.storage.clone());
        let (tokens, sessions, clock) = (|| parts.tokens.clone(), || parts.sessions.clone(), || parts.clock.clone());
        Self {
            authenticate: Arc::new(Authenticate {
                tokens: tokens(),
                sessions: sessions(),
                keys: parts.keys.clone(),
                issuer: issuer(parts),
                clock: clock(),
            }),
            log_in: Arc::new(LogIn {
                users: shared.users.clone(),
                storage: storage(),
                hasher: parts.hasher.clone(),
                guard: shared.guard.clone(),
                open_session: shared.open_session.clone(),
            }),
            refresh: Arc::new(RefreshSession {
                storage: storage(),
                tokens: tokens(),
                sessions: sessions(),
                csrf: parts.csrf.clone(),
                ids: parts.ids.clone(),
                clock: clock(),
            }),
            show_csrf_token: Arc::new(ShowCsrfToken {
                sessions: Arc::new(parts.reader.clone()),
                csrf: parts.csrf.clone(),
                clock: clock(),
            }),
            log_out: Arc::new(LogOut { storage: storage(), sessions: sessions(), clock: clock() }),
            end_sessions: Arc::new(EndSessions { storage: storage(), sessions: sessions(), clock: clock() }),
            prove_again: Arc::new(shared.prove_again.clone()),
            queries: Arc::new(parts.reader.clone()),
        }
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config
            .app_data(Data::from(self.authenticate.clone()))
            .app_data(Data::from(self.log_in.clone()))
            .app_data(Data::from(self.refresh.clone()))
            .app_data(Data::from(self.show_csrf_token.clone()))
            .app_data(Data::from(self.log_out.clone()))
            .app_data(Data::from(self.end_sessions.clone()))
            .app_data(Data::from(self.prove_again.clone()))
            .app_data(Data::from(self.queries.clone()));
    }
}
