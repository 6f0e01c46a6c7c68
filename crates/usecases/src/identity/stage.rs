//! Identity's verbs on a stage, for tests.

use std::sync::Arc;

use hos_testing::Stage;

use super::{LoginGuard, OpenSession};

pub(super) fn open_session(stage: &Stage) -> OpenSession {
    OpenSession { tokens: stage.tokens(), sessions: stage.sessions(), ids: stage.ids(), clock: stage.clock() }
}

pub(super) fn guard(stage: &Stage) -> Arc<LoginGuard> {
    Arc::new(LoginGuard {
        failures: stage.login_failures(),
        storage: stage.storage(),
        names: stage.names(),
        devices: stage.known_devices(),
        codes: stage.codes(),
        pause: stage.pause(),
        ids: stage.ids(),
        clock: stage.clock(),
    })
}
