//! A device asks whether it has been let in, and gets its tokens when it has.

use std::sync::Arc;

use hos_domain::identity::{Client, DeviceCode, DeviceGrant, Polled, Rights, User, UserStatus};
use hos_domain::kernel::{ErrorKind, Failure, RepositoryError, Storage, UnitOfWork};

use super::open_session::{OpenSession, SignedIn};

/// Gives devices their tokens.
pub struct RedeemDeviceCode {
    /// Where questions and sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Opens the session.
    pub open_session: OpenSession,
}

/// Why a device has no tokens (RFC 8628, 3.5).
#[derive(Debug, thiserror::Error)]
pub enum DeviceTokenError {
    /// Nobody has answered yet.
    #[error("nobody has answered yet; ask again after the interval")]
    Pending,
    /// The same, and it asks too often.
    #[error("ask less often; the interval is 5 seconds longer from now on")]
    SlowDown,
    /// Nobody answered in time.
    #[error("the codes no longer count; ask for new ones")]
    Expired,
    /// A user said no, or whoever said yes may not log in any more.
    #[error("access was denied")]
    Denied,
    /// No code of ours, or one that was used.
    #[error("the device code is not valid")]
    Unknown,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for DeviceTokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Storage(error) => error.kind(),
            _ => ErrorKind::Invalid,
        }
    }

    /// The words of the standards, in their own spelling, because clients look for them.
    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Pending => Some("authorization_pending"),
            Self::SlowDown => Some("slow_down"),
            Self::Expired => Some("expired_token"),
            Self::Denied => Some("access_denied"),
            Self::Unknown => Some("invalid_grant"),
            Self::Storage(_) => None,
        }
    }
}

impl RedeemDeviceCode {
    /// Opens the device's session, once.
    ///
    /// # Errors
    /// [`DeviceTokenError`]
    pub async fn run(&self, code: &DeviceCode, client: Client) -> Result<SignedIn, DeviceTokenError> {
        let (tx, now) = (self.storage.begin().await?, self.open_session.clock.now());
        let grant = tx.device_grants().asked_by(&code.hash()).await?.ok_or(DeviceTokenError::Unknown)?;
        let (polled, grant) = grant.polled(now);
        let refused = match polled {
            Polled::LetIn(user) => {
                let user = tx.users().find(user).await?.filter(|user| user.status == UserStatus::Active);
                return self.let_in(tx, grant, user.ok_or(DeviceTokenError::Denied)?, client).await;
            }
            Polled::Waiting => DeviceTokenError::Pending,
            Polled::TooSoon => DeviceTokenError::SlowDown,
            Polled::Refused => return Err(DeviceTokenError::Denied),
            Polled::Expired => return Err(DeviceTokenError::Expired),
        };
        tx.device_grants().save(&grant).await?;
        tx.commit().await?;
        Err(refused)
    }

    /// In the list of devices it stands under the name by which its user has let it in.
    async fn let_in(
        &self,
        tx: Box<dyn UnitOfWork>,
        grant: DeviceGrant,
        user: User,
        client: Client,
    ) -> Result<SignedIn, DeviceTokenError> {
        tx.device_grants().remove(grant.id).await?;
        let client = Client::new(client.ip, Some(grant.client_name.as_str()));
        let rights = Rights::Only(grant.scopes);
        let signed_in = self.open_session.with_rights(&*tx, user, &client, "device", rights).await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::identity::{ClientName, Scope, Scopes};
    use hos_testing::{Stage, StageUser};
    use rstest::rstest;

    use super::super::stage::{answer_device, ask_for_device, open_session, sender_of};
    use super::*;
    use crate::identity::{AskedForDevice, Guesser, RefreshRequest, RefreshSession, Sender, SentAs};

    fn redeem(stage: &Stage) -> RedeemDeviceCode {
        RedeemDeviceCode { storage: stage.storage(), open_session: open_session(stage) }
    }

    fn scopes() -> Scopes {
        [Scope::ReadProjects].into_iter().collect()
    }

    async fn ask(stage: &Stage) -> AskedForDevice {
        ask_for_device(stage).run(ClientName::parse("Watch").unwrap(), scopes()).await.unwrap()
    }

    async fn approve(stage: &Stage, asked: &AskedForDevice, user: &User) {
        let code = asked.user_code.shown();
        let guesser = Guesser::User(user.id);
        answer_device(stage).approve(&code, guesser, user.id, &Client::default()).await.unwrap();
    }

    #[tokio::test]
    async fn a_device_that_was_let_in_gets_a_session_with_its_scopes_once_and_keeps_them() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await;
        let asked = ask(&stage).await;
        let poll = async || redeem(&stage).run(&asked.device_code, Client::default()).await;
        assert!(matches!(poll().await, Err(DeviceTokenError::Pending)));
        assert!(matches!(poll().await, Err(DeviceTokenError::SlowDown)));
        approve(&stage, &asked, &user).await;
        let first = poll().await.unwrap();
        assert_eq!((first.user.id, first.session.user_agent.as_deref()), (user.id, Some("Watch")));
        assert!(matches!(poll().await, Err(DeviceTokenError::Unknown)));
        let refresh = RefreshSession {
            storage: stage.storage(),
            tokens: stage.tokens(),
            sessions: stage.sessions(),
            csrf: stage.csrf_tokens(),
            ids: stage.ids(),
            clock: stage.clock(),
        };
        let token = first.tokens.refresh.clone();
        let next = refresh.run(RefreshRequest { token, key: None, sent_as: SentAs::Body }).await.unwrap();
        for token in [first.tokens.access, next.tokens.access] {
            match sender_of(&stage, &token).await.unwrap() {
                Sender::Delegate(delegate) => assert_eq!((delegate.user, delegate.scopes), (user.id, scopes())),
                Sender::User(_) => panic!("a device must not have every right"),
            }
        }
    }

    #[tokio::test]
    async fn of_two_that_use_a_code_at_once_one_gets_in() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await;
        let asked = Arc::new(ask(&stage).await);
        approve(&stage, &asked, &user).await;
        let devices = [(); 2].map(|()| {
            let (redeem, asked) = (redeem(&stage), asked.clone());
            tokio::spawn(async move { redeem.run(&asked.device_code, Client::default()).await.is_ok() })
        });
        let [one, other] = devices;
        assert!(one.await.unwrap() ^ other.await.unwrap());
    }

    #[rstest]
    #[case::suspended(StageUser::named("ada").suspended())]
    #[case::deleted(StageUser::named("ada").deleted())]
    #[tokio::test]
    async fn who_may_not_log_in_lets_nobody_in(#[case] user: StageUser) {
        let stage = Stage::new().await;
        let user = stage.user(user).await;
        let asked = ask(&stage).await;
        approve(&stage, &asked, &user).await;
        let refused = redeem(&stage).run(&asked.device_code, Client::default()).await;
        assert!(matches!(refused, Err(DeviceTokenError::Denied)));
    }

    #[tokio::test]
    async fn after_ten_minutes_and_after_a_no_nobody_gets_in() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await;
        let (late, denied) = (ask(&stage).await, ask(&stage).await);
        approve(&stage, &late, &user).await;
        answer_device(&stage).deny(&denied.user_code.shown(), Guesser::User(user.id)).await.unwrap();
        let refused = redeem(&stage).run(&denied.device_code, Client::default()).await;
        assert!(matches!(refused, Err(DeviceTokenError::Denied)));
        stage.wait(Duration::from_secs(600));
        let expired = redeem(&stage).run(&late.device_code, Client::default()).await;
        assert!(matches!(expired, Err(DeviceTokenError::Expired)));
    }
}
