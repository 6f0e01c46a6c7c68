//! A user proves who they are with a password.

use std::sync::Arc;

use hos_domain::identity::{
    AccessTokens, HashingError, Password, PasswordHash, PasswordHasher, SessionDirectory, UserQueries, UserStatus,
};
use hos_domain::kernel::{Clock, Email, ErrorKind, Failure, IdSource, RepositoryError, Storage};

use super::open_session::{SignedIn, open_session};

/// Logs users in.
pub struct LogIn {
    /// Finds the account.
    pub users: Arc<dyn UserQueries>,
    /// Keeps the session.
    pub storage: Arc<dyn Storage>,
    /// Compares the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Signs the access token.
    pub tokens: Arc<dyn AccessTokens>,
    /// Learns of the session.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Ids and secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// An address and a password as typed.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// Whose account.
    pub email: Email,
    /// The claimed password.
    pub password: Password,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, no password, or another one: the answer and its time are the same for all three.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// The password is right and the account is closed by us.
    #[error("this account is suspended; contact support")]
    Suspended,
    /// The password could not be checked.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for LogInError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongCredentials => ErrorKind::Unauthenticated,
            Self::Suspended => ErrorKind::Forbidden,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Suspended).then_some("ACCOUNT_SUSPENDED")
    }
}

impl LogIn {
    /// Compares the password and opens a session.
    ///
    /// # Errors
    /// [`LogInError`]
    pub async fn run(&self, attempt: LoginAttempt, user_agent: Option<String>) -> Result<SignedIn, LogInError> {
        let (user, hash) = match self.users.find_login(&attempt.email).await? {
            Some((user, hash)) => (Some(user), hash),
            None => (None, None),
        };
        let right = self.hasher.verify(&attempt.password, hash.as_ref()).await?;
        let user = user.filter(|_| right).ok_or(LogInError::WrongCredentials)?;
        if user.status != UserStatus::Active {
            return Err(LogInError::Suspended);
        }
        let better = self.better_hash(&attempt.password, hash.as_ref()).await?;
        let tx = self.storage.begin().await?;
        let now = self.clock.now();
        if let Some((old, new)) = hash.as_ref().zip(better) {
            tx.passwords().upgrade(user.id, old, &new).await?;
        }
        let signed_in = open_session(&*tx, &*self.ids, &*self.tokens, user, user_agent, now).await?;
        tx.commit().await?;
        self.sessions.opened(signed_in.session.id);
        Ok(signed_in)
    }

    /// Only now is the password itself known, so now is when an old hash of it can be made better.
    async fn better_hash(
        &self,
        password: &Password,
        hash: Option<&PasswordHash>,
    ) -> Result<Option<PasswordHash>, HashingError> {
        match hash {
            Some(hash) if self.hasher.is_outdated(hash) => self.hasher.hash(password).await.map(Some),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use hos_testing::{Stage, StageUser};

    use super::*;

    fn log_in(stage: &Stage) -> LogIn {
        LogIn {
            users: stage.users(),
            storage: stage.storage(),
            hasher: stage.hasher(),
            tokens: stage.tokens(),
            sessions: stage.sessions(),
            ids: stage.ids(),
            clock: stage.clock(),
        }
    }

    fn attempt(email: &str, password: &str) -> LoginAttempt {
        LoginAttempt { email: Email::parse(email).unwrap(), password: Password::attempt(password) }
    }

    #[tokio::test]
    async fn the_right_password_opens_a_session() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada").password("correct horse")).await;
        let signed_in = log_in(&stage).run(attempt("ada@example.com", "correct horse"), None).await.unwrap();
        assert_eq!(signed_in.user.id, user.id);
    }

    #[tokio::test]
    async fn an_unknown_address_and_a_wrong_password_cost_the_same_and_say_the_same() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        let before = stage.verifications();
        let wrong = log_in(&stage).run(attempt("ada@example.com", "wrong"), None).await.unwrap_err();
        let unknown = log_in(&stage).run(attempt("eve@example.com", "wrong"), None).await.unwrap_err();
        assert_eq!(wrong.to_string(), unknown.to_string());
        assert_eq!(stage.verifications() - before, 2);
    }

    #[tokio::test]
    async fn an_old_hash_is_made_better_at_the_next_login_and_a_changed_password_is_left_alone() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada").password("correct horse")).await;
        let hash = async || stage.users().find_login(&user.email).await.unwrap().unwrap().1.unwrap();
        let (old, other) = (hash().await, PasswordHash::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".into()));
        log_in(&stage).run(attempt("ada@example.com", "correct horse"), None).await.unwrap();
        assert_eq!(hash().await, old, "it is as good as one made now");

        let tx = stage.storage().begin().await.unwrap();
        tx.passwords().upgrade(user.id, &other, &other).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(hash().await, old, "somebody else has changed it");
        let strict = LogIn { hasher: stage.stricter_hasher(), ..log_in(&stage) };
        strict.run(attempt("ada@example.com", "correct horse"), None).await.unwrap();
        assert!(hash().await.as_str().contains("m=16,t=2"), "{}", hash().await.as_str());
        strict.run(attempt("ada@example.com", "correct horse"), None).await.unwrap();
    }

    #[tokio::test]
    async fn a_deleted_user_is_unknown_and_a_suspended_one_is_told_only_with_the_right_password() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("gone").password("correct horse").deleted()).await;
        stage.user(StageUser::named("held").password("correct horse").suspended()).await;
        let gone = log_in(&stage).run(attempt("gone@example.com", "correct horse"), None).await;
        assert!(matches!(gone, Err(LogInError::WrongCredentials)));
        let held = log_in(&stage).run(attempt("held@example.com", "correct horse"), None).await;
        assert!(matches!(held, Err(LogInError::Suspended)));
        let guess = log_in(&stage).run(attempt("held@example.com", "wrong"), None).await;
        assert!(matches!(guess, Err(LogInError::WrongCredentials)));
    }
}
