//! Identity's verbs on a stage, for tests.

use std::sync::Arc;

use hos_testing::Stage;

use super::{
    AnswerDevice, AskForDevice, Authenticate, AuthenticateError, Caller, LoginGuard, MakeApiKey, OpenSession,
    ProveAgain, Sender,
};

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

pub(super) fn prove_again(stage: &Stage) -> ProveAgain {
    ProveAgain {
        users: stage.users(),
        sessions: Arc::new(stage.reader()),
        hasher: stage.hasher(),
        storage: stage.storage(),
        clock: stage.clock(),
    }
}

pub(super) fn key_maker(stage: &Stage) -> MakeApiKey {
    MakeApiKey { prove_again: prove_again(stage), storage: stage.storage(), ids: stage.ids(), clock: stage.clock() }
}

fn authenticate(stage: &Stage) -> Authenticate {
    let (tokens, sessions, keys) = (stage.tokens(), stage.sessions(), stage.keys());
    Authenticate { tokens, sessions, keys, issuer: None, clock: stage.clock() }
}

/// Who would be believed to have sent a request with this token or key.
pub(super) async fn sender_of(stage: &Stage, token: &str) -> Result<Sender, AuthenticateError> {
    authenticate(stage).run(token).await
}

/// Who would be believed to have sent a request with this cookie.
pub(super) async fn cookie_of(stage: &Stage, token: &str) -> Result<Caller, AuthenticateError> {
    authenticate(stage).cookie(token).await
}

pub(super) fn ask_for_device(stage: &Stage) -> AskForDevice {
    AskForDevice {
        storage: stage.storage(),
        names: stage.names(),
        ids: stage.ids(),
        clock: stage.clock(),
        page: "https://test.example/device".into(),
    }
}

pub(super) fn answer_device(stage: &Stage) -> AnswerDevice {
    AnswerDevice {
        grants: Arc::new(stage.reader()),
        failures: stage.login_failures(),
        storage: stage.storage(),
        names: stage.names(),
        clock: stage.clock(),
    }
}
