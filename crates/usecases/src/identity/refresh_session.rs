//! A client exchanges its refresh token for the next pair. Each token works once; a second use ends the session, unless
//! it is the same client that lost our answer (same key, within a minute) or raced with itself (another key, at once).

use std::sync::Arc;

use hos_domain::identity::{AccessTokens, RefreshToken, RefreshUse, SessionDirectory, StoredRefreshToken, UserStatus};
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage, Timestamp, UnitOfWork};
use hos_domain::platform::{AnswerKey, AnswerState, AuditAction, AuditEvent, Fingerprint};

use super::open_session::{SignedIn, TokenPair, claims};

/// Carries sessions on.
pub struct RefreshSession {
    /// Where sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Signs the access token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Learns when a family is ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// A refresh token, and the client's idempotency key if it sent one.
#[derive(Debug, Clone)]
pub struct RefreshRequest {
    /// What the client was given.
    pub token: RefreshToken,
    /// Lets a client that lost our answer ask again.
    pub key: Option<String>,
}

/// Why there is no next pair.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// Unknown, expired, or of an ended session.
    #[error("the refresh token is not valid; log in again")]
    Refused,
    /// It was used before. The whole session has been ended.
    #[error("the refresh token was used twice, so the session was ended; log in again")]
    Reused,
    /// The client refreshes twice at once with different keys.
    #[error("this session is being refreshed already")]
    Race,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused | Self::Reused => ErrorKind::Unauthenticated,
            Self::Race => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Reused => Some("REFRESH_TOKEN_REUSED"),
            Self::Race => Some("REFRESH_IN_PROGRESS"),
            _ => None,
        }
    }
}

impl RefreshSession {
    /// Exchanges the token.
    ///
    /// # Errors
    /// [`RefreshError`]
    pub async fn run(&self, request: RefreshRequest) -> Result<SignedIn, RefreshError> {
        let now = self.clock.now();
        let tx = self.storage.begin().await?;
        let stored = tx.sessions().find_token(&request.token.hash()).await?.ok_or(RefreshError::Refused)?;
        if !stored.session.is_live(now) || now >= stored.expires_at {
            return Err(RefreshError::Refused);
        }
        let successor = match &stored.used {
            None => self.rotate(&*tx, &request, &stored, now).await?,
            Some(earlier) if earlier.is_repetition(request.key.as_deref(), now) => {
                successor_again(&*tx, &request, now).await?
            }
            Some(earlier) if earlier.is_race(request.key.as_deref(), now) => return Err(RefreshError::Race),
            Some(_) => return self.end_family(tx, &stored, now).await,
        };
        let user = tx.users().find(stored.session.user).await?.ok_or(RefreshError::Refused)?;
        if user.status != UserStatus::Active {
            return Err(RefreshError::Refused);
        }
        tx.commit().await?;
        let access = self.tokens.issue(&claims(&user, &stored.session, now));
        Ok(SignedIn { user, tokens: TokenPair { access, refresh: successor }, session: stored.session })
    }

    async fn rotate(
        &self,
        tx: &dyn UnitOfWork,
        request: &RefreshRequest,
        stored: &StoredRefreshToken,
        now: Timestamp,
    ) -> Result<RefreshToken, RefreshError> {
        let successor = RefreshToken::from_secret(self.ids.secret());
        let hash = request.token.hash();
        tx.sessions().rotate(&hash, request.key.as_deref(), &stored.session, &successor.hash(), now).await?;
        if let Some(key) = answer_key(request) {
            let until = now + RefreshUse::REPEATABLE_FOR;
            tx.answers().keep(&key, successor.expose().as_bytes(), now, until).await?;
        }
        Ok(successor)
    }

    async fn end_family(
        &self,
        tx: Box<dyn UnitOfWork>,
        stored: &StoredRefreshToken,
        now: Timestamp,
    ) -> Result<SignedIn, RefreshError> {
        tx.sessions().revoke(stored.session.id, now).await?;
        let event = AuditEvent::by_stranger(AuditAction::RefreshReused, Some(stored.session.user), now);
        tx.audit().note(event.with("session", stored.session.id.to_string()));
        tx.commit().await?;
        self.sessions.closed(stored.session.id);
        tracing::warn!(session = %stored.session.id, user = %stored.session.user, "a refresh token was used twice; session ended");
        Err(RefreshError::Reused)
    }
}

async fn successor_again(
    tx: &dyn UnitOfWork,
    request: &RefreshRequest,
    now: Timestamp,
) -> Result<RefreshToken, RefreshError> {
    let key = answer_key(request).ok_or(RefreshError::Refused)?;
    match tx.answers().find(&key, now).await?.map(|kept| kept.state) {
        Some(AnswerState::Answered(token)) => Ok(RefreshToken::from_client(&String::from_utf8_lossy(&token))),
        _ => Err(RefreshError::Race),
    }
}

/// The successor is kept, sealed, under the token it was exchanged for: who knows that token may see it again.
fn answer_key(request: &RefreshRequest) -> Option<AnswerKey> {
    let hash = request.token.hash();
    Some(AnswerKey {
        principal: format!("refresh:{}", hash.to_hex()),
        route: "refresh".to_owned(),
        key: request.key.clone()?,
        fingerprint: Fingerprint::of(hash.as_bytes()),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::identity::Client;
    use hos_testing::{Stage, StageUser};
    use rstest::rstest;

    use super::*;

    fn refresh(stage: &Stage) -> RefreshSession {
        RefreshSession {
            storage: stage.storage(),
            tokens: stage.tokens(),
            sessions: stage.sessions(),
            ids: stage.ids(),
            clock: stage.clock(),
        }
    }

    fn request(token: &RefreshToken, key: Option<&str>) -> RefreshRequest {
        RefreshRequest { token: token.clone(), key: key.map(str::to_owned) }
    }

    async fn logged_in(stage: &Stage) -> RefreshToken {
        let user = stage.user(StageUser::named("ada")).await;
        let tx = stage.storage().begin().await.unwrap();
        let opened = super::super::stage::open_session(stage).run(&*tx, user, &Client::default(), "test").await;
        let signed_in = opened.unwrap();
        tx.commit().await.unwrap();
        signed_in.tokens.refresh
    }

    #[tokio::test]
    async fn each_token_is_exchanged_for_the_next() {
        let stage = Stage::new().await;
        let mut token = logged_in(&stage).await;
        for _ in 0..3 {
            token = refresh(&stage).run(request(&token, None)).await.unwrap().tokens.refresh;
        }
    }

    #[tokio::test]
    async fn a_token_used_twice_ends_the_whole_family() {
        let stage = Stage::new().await;
        let stolen = logged_in(&stage).await;
        let theirs = refresh(&stage).run(request(&stolen, None)).await.unwrap();
        let ours = refresh(&stage).run(request(&stolen, None)).await;
        assert!(matches!(ours, Err(RefreshError::Reused)));
        let thief = refresh(&stage).run(request(&theirs.tokens.refresh, None)).await;
        assert!(matches!(thief, Err(RefreshError::Refused)));
        assert!(!stage.sessions().is_live(theirs.session.id, stage.clock().now()).await.unwrap());
    }

    #[tokio::test]
    async fn a_phone_that_lost_the_answer_gets_the_same_successor() {
        let stage = Stage::new().await;
        let token = logged_in(&stage).await;
        let first = refresh(&stage).run(request(&token, Some("k"))).await.unwrap();
        stage.wait(Duration::from_secs(59));
        let again = refresh(&stage).run(request(&token, Some("k"))).await.unwrap();
        assert_eq!(first.tokens.refresh.expose(), again.tokens.refresh.expose());
    }

    #[rstest]
    #[case::another_key_at_once(Some("b"), 9, false)]
    #[case::another_key_later(Some("b"), 11, true)]
    #[case::no_key(None, 0, true)]
    #[case::the_same_key_too_late(Some("a"), 61, true)]
    #[tokio::test]
    async fn only_a_race_is_forgiven(#[case] key: Option<&str>, #[case] seconds: u64, #[case] ends_family: bool) {
        let stage = Stage::new().await;
        let token = logged_in(&stage).await;
        refresh(&stage).run(request(&token, Some("a"))).await.unwrap();
        stage.wait(Duration::from_secs(seconds));
        let answer = refresh(&stage).run(request(&token, key)).await.unwrap_err();
        assert_eq!(matches!(answer, RefreshError::Reused), ends_family, "{answer:?}");
    }

    #[tokio::test]
    async fn once_the_successor_was_used_no_key_brings_it_back() {
        let stage = Stage::new().await;
        let token = logged_in(&stage).await;
        let next = refresh(&stage).run(request(&token, Some("a"))).await.unwrap().tokens.refresh;
        refresh(&stage).run(request(&next, None)).await.unwrap();
        let replay = refresh(&stage).run(request(&token, Some("a"))).await;
        assert!(matches!(replay, Err(RefreshError::Reused)));
    }

    #[tokio::test]
    async fn of_two_devices_that_refresh_at_once_one_wins() {
        let stage = Stage::new().await;
        let token = logged_in(&stage).await;
        let refresh = Arc::new(refresh(&stage));
        let attempt = |key: &'static str| {
            let (refresh, request) = (Arc::clone(&refresh), request(&token, Some(key)));
            tokio::spawn(async move { refresh.run(request).await })
        };
        let (a, b) = (attempt("a"), attempt("b"));
        let outcomes = [a.await.unwrap(), b.await.unwrap()];
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(outcomes.iter().filter(|outcome| matches!(outcome, Err(RefreshError::Race))).count(), 1);
    }

    #[tokio::test]
    async fn a_token_expires_when_its_session_sleeps_too_long() {
        let stage = Stage::new().await;
        let token = logged_in(&stage).await;
        stage.wait(hos_domain::identity::Session::SLIDING);
        assert!(matches!(refresh(&stage).run(request(&token, None)).await, Err(RefreshError::Refused)));
    }
}
