//! Identity's use cases, in groups.

mod accounts;
mod administration;
mod external;
mod factors;
mod foreign;
mod keys;
mod organizations;
mod sessions;

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig};
use hos_domain::identity::UserQueries;
use hos_local::{HmacDevices, HmacNames, TimerPause};
use hos_usecases::identity::{
    AdministerUsers, LoginGuard, MailCode, MailInvitation, MergeStragglers, OpenSession, ProveAgain, Register,
};
use hos_usecases::platform::Runners;

use self::accounts::Accounts;
use self::administration::Administration;
use self::external::External;
use self::factors::Factors;
use self::foreign::Foreign;
use self::keys::Keys;
use self::organizations::Organizations;
use self::sessions::Sessions;
use super::{Parts, WiringError};

/// Identity's use cases.
#[derive(Clone)]
pub(crate) struct Identity {
    accounts: Accounts,
    administration: Administration,
    sessions: Sessions,
    factors: Factors,
    foreign: Foreign,
    external: External,
    keys: Keys,
    organizations: Organizations,
    users: Arc<dyn UserQueries>,
}

/// What most of them share.
struct Shared<'a> {
    parts: &'a Parts,
    users: Arc<dyn UserQueries>,
    open_session: OpenSession,
    guard: Arc<LoginGuard>,
    prove_again: ProveAgain,
}

impl Identity {
    pub(super) fn wire(parts: &Parts) -> Result<Self, WiringError> {
        let users: Arc<dyn UserQueries> = Arc::new(parts.reader.clone());
        let shared = Shared {
            parts,
            users: users.clone(),
            open_session: OpenSession {
                tokens: parts.tokens.clone(),
                sessions: parts.sessions.clone(),
                ids: parts.ids.clone(),
                clock: parts.clock.clone(),
            },
            guard: Arc::new(guard(parts)),
            prove_again: ProveAgain {
                users: users.clone(),
                sessions: Arc::new(parts.reader.clone()),
                hasher: parts.hasher.clone(),
                storage: Arc::new(parts.storage.clone()),
                clock: parts.clock.clone(),
            },
        };
        let sessions = Sessions::wire(&shared);
        Ok(Self {
            accounts: Accounts::wire(&shared),
            administration: Administration::wire(&shared),
            factors: Factors::wire(&shared)?,
            foreign: Foreign::wire(&shared)?,
            external: External::wire(parts)?,
            keys: Keys::wire(&shared, &sessions),
            sessions,
            organizations: Organizations::wire(&shared),
            users,
        })
    }

    /// Makes accounts.
    pub(super) fn register(&self) -> &Register {
        &self.accounts.register
    }

    /// Administers accounts.
    pub(super) fn administer(&self) -> &AdministerUsers {
        &self.administration.administer
    }

    /// Reads accounts.
    pub(super) fn users(&self) -> &dyn UserQueries {
        &*self.users
    }

    pub(super) fn provide(&self, config: &mut ServiceConfig) {
        config.app_data(Data::from(self.users.clone()));
        self.accounts.provide(config);
        self.administration.provide(config);
        self.sessions.provide(config);
        self.factors.provide(config);
        self.foreign.provide(config);
        self.external.provide(config);
        self.keys.provide(config);
        self.organizations.provide(config);
    }

    /// Who carries out identity's jobs.
    pub(super) fn runners(&self, parts: &Parts, runners: Runners) -> Runners {
        let runners = self.external.runners(parts, self.foreign.runners(parts, runners));
        let storage = || Arc::new(parts.storage.clone());
        let (ids, clock) = (|| parts.ids.clone(), || parts.clock.clone());
        let runners = runners.with(MailCode { storage: storage(), ids: ids(), clock: clock() });
        runners.with(MergeStragglers { storage: storage() }).with(MailInvitation {
            users: Arc::new(parts.reader.clone()),
            storage: storage(),
            ids: ids(),
            clock: clock(),
        })
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
