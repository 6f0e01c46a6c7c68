//! A user types the code that a device shows, sees who asks for what, and says yes or no. Wrong codes are counted, so that
//! nobody can look for the devices of others.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{
    Client, DeviceAnswer, DeviceGrant, DeviceGrantQueries, LoginFailureQueries, UserCode, UserId,
};
use hos_domain::kernel::{Clock, ErrorKind, Failure, Pseudonyms, RepositoryError, Storage, Stored};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::ask_for_device::name_of;

/// Takes the answers of users.
pub struct AnswerDevice {
    /// Who asks.
    pub grants: Arc<dyn DeviceGrantQueries>,
    /// How many wrong codes were typed.
    pub failures: Arc<dyn LoginFailureQueries>,
    /// Where both are kept.
    pub storage: Arc<dyn Storage>,
    /// Names the users' codes, and those who guess.
    pub names: Arc<dyn Pseudonyms>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Under whose name wrong codes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guesser {
    /// A user who is logged in.
    User(UserId),
    /// A visitor from this network.
    Visitor(Option<IpAddr>),
}

impl Guesser {
    /// Whoever is behind a client that is not logged in.
    #[must_use]
    pub fn visitor(client: &Client) -> Self {
        Self::Visitor(client.network())
    }
}

/// Why there is nothing to answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerDeviceError {
    /// Another one, too old, or answered.
    #[error("the code is wrong or no longer counts; look at your device again")]
    Wrong,
    /// Too many wrong ones.
    #[error("too many wrong codes were typed; try again later")]
    TooMany {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AnswerDeviceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Wrong => ErrorKind::Unprocessable,
            Self::TooMany { retry_after } => ErrorKind::RateLimited { retry_after: *retry_after },
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Wrong).then_some("CODE_INVALID")
    }
}

impl AnswerDevice {
    /// Who asks for what.
    ///
    /// # Errors
    /// [`AnswerDeviceError`]
    pub async fn look_up(&self, typed: &str, guesser: Guesser) -> Result<DeviceGrant, AnswerDeviceError> {
        self.admit(guesser).await?;
        let found = match UserCode::parse(typed) {
            Ok(code) => self.grants.asking(&name_of(&*self.names, &code)).await?,
            Err(_) => None,
        };
        let now = self.clock.now();
        match found.filter(|grant| grant.is_open(now)) {
            Some(grant) => Ok(grant),
            None => self.wrong(guesser).await,
        }
    }

    /// Lets the device in.
    ///
    /// # Errors
    /// [`AnswerDeviceError`]
    pub async fn approve(
        &self,
        typed: &str,
        guesser: Guesser,
        user: UserId,
        client: &Client,
    ) -> Result<DeviceGrant, AnswerDeviceError> {
        let event = AuditEvent::own(AuditAction::DeviceApproved, user, self.clock.now());
        let event = event.from(client.ip, client.user_agent.as_deref());
        self.answer(typed, guesser, DeviceAnswer::Yes(user), Some(event)).await
    }

    /// Keeps the device out.
    ///
    /// # Errors
    /// [`AnswerDeviceError`]
    pub async fn deny(&self, typed: &str, guesser: Guesser) -> Result<DeviceGrant, AnswerDeviceError> {
        self.answer(typed, guesser, DeviceAnswer::No, None).await
    }

    async fn answer(
        &self,
        typed: &str,
        guesser: Guesser,
        answer: DeviceAnswer,
        event: Option<AuditEvent>,
    ) -> Result<DeviceGrant, AnswerDeviceError> {
        self.admit(guesser).await?;
        let Ok(code) = UserCode::parse(typed) else { return self.wrong(guesser).await };
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let found = tx.device_grants().shown_as(&name_of(&*self.names, &code)).await?;
        let Some(grant) = found.filter(|grant| grant.is_open(now)) else {
            drop(tx);
            return self.wrong(guesser).await;
        };
        let grant = DeviceGrant { answer, ..grant };
        tx.device_grants().save(&grant).await?;
        if let Some(event) = event {
            let event = event.with("client", grant.client_name.as_str());
            tx.audit().note(event.with("scopes", grant.scopes.to_string()));
        }
        tx.commit().await?;
        Ok(grant)
    }

    async fn admit(&self, guesser: Guesser) -> Result<(), AnswerDeviceError> {
        let (name, now) = (self.counted_as(guesser), self.clock.now());
        let [failures, _] = self.failures.login_failures([&name, &name]).await?;
        match DeviceGrant::WRONG_CODES.closed_until(failures, now) {
            Some(until) => Err(AnswerDeviceError::TooMany { retry_after: until.since(now) }),
            None => Ok(()),
        }
    }

    async fn wrong<T>(&self, guesser: Guesser) -> Result<T, AnswerDeviceError> {
        self.count(guesser).await?;
        Err(AnswerDeviceError::Wrong)
    }

    async fn count(&self, guesser: Guesser) -> Stored<()> {
        let (tx, now, name) = (self.storage.begin().await?, self.clock.now(), self.counted_as(guesser));
        let failures = tx.login_failures().of(&name).await?;
        tx.login_failures().put(&name, DeviceGrant::WRONG_CODES.after_failure(failures, now)).await?;
        tx.commit().await
    }

    fn counted_as(&self, guesser: Guesser) -> String {
        match guesser {
            Guesser::User(user) => self.names.name_of("wrong user codes of a user", &user.to_string()),
            Guesser::Visitor(network) => self.names.name_of("wrong user codes from a place", &format!("{network:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{ClientName, Scope};
    use hos_testing::Stage;

    use super::super::stage::{answer_device, ask_for_device};
    use super::*;

    const VISITOR: Guesser = Guesser::Visitor(None);

    #[tokio::test]
    async fn five_wrong_codes_are_enough_for_ten_minutes_and_stand_in_nobody_elses_way() {
        let stage = Stage::new().await;
        let (answer, ada) = (answer_device(&stage), Guesser::User(stage.ids().id()));
        let scopes = [Scope::ReadProfile].into_iter().collect();
        let asked = ask_for_device(&stage).run(ClientName::parse("Watch").unwrap(), scopes).await.unwrap();
        let code = asked.user_code.shown();
        for wrong in ["BBBB-BBBB", "BBBB-BBBC", "no code", "", "BBBB-BBBD"] {
            assert_eq!(answer.look_up(&code, ada).await.unwrap().client_name.as_str(), "Watch");
            assert!(matches!(answer.look_up(wrong, ada).await, Err(AnswerDeviceError::Wrong)));
        }
        for typed in [&*code, "BBBB-BBBB"] {
            assert!(matches!(answer.look_up(typed, ada).await, Err(AnswerDeviceError::TooMany { .. })));
            assert!(matches!(answer.deny(typed, ada).await, Err(AnswerDeviceError::TooMany { .. })));
        }
        assert!(answer.look_up(&code, VISITOR).await.is_ok());
        stage.wait(DeviceGrant::LIFE);
        assert!(matches!(answer.look_up(&code, ada).await, Err(AnswerDeviceError::Wrong)), "its time is over too");
    }

    #[tokio::test]
    async fn a_code_is_answered_once() {
        let stage = Stage::new().await;
        let answer = answer_device(&stage);
        let scopes = [Scope::ReadProfile].into_iter().collect();
        let asked = ask_for_device(&stage).run(ClientName::parse("Watch").unwrap(), scopes).await.unwrap();
        let code = asked.user_code.shown();
        answer.deny(&code, VISITOR).await.unwrap();
        assert!(matches!(answer.deny(&code, VISITOR).await, Err(AnswerDeviceError::Wrong)));
        assert!(matches!(answer.look_up(&code, VISITOR).await, Err(AnswerDeviceError::Wrong)));
    }
}
