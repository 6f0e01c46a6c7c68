//! A user proves who they are with a password.

use std::sync::Arc;

use hos_domain::identity::{
    Client, HashingError, Password, PasswordHash, PasswordHasher, User, UserQueries, UserStatus,
};
use hos_domain::kernel::{Email, ErrorKind, Failure, RepositoryError, Storage, Timestamp};

use super::login_guard::{Admission, CountedAs, Knock, LoginGuard};
use super::open_session::{OpenSession, SignedIn};
use super::second_factor::{self, FactorCheck, SecondFactor};

/// Logs users in.
pub struct LogIn {
    /// Finds the account.
    pub users: Arc<dyn UserQueries>,
    /// Keeps the session.
    pub storage: Arc<dyn Storage>,
    /// Compares the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Keeps guessers out.
    pub guard: Arc<LoginGuard>,
    /// Opens the session.
    pub open_session: OpenSession,
}

/// An address and a password as typed, and what else may be asked for.
#[derive(Debug, Clone)]
pub struct LoginAttempt {
    /// Whose account.
    pub email: Email,
    /// The claimed password.
    pub password: Password,
    /// The code that was mailed because too many others failed.
    pub code: Option<String>,
    /// What the account may ask for besides.
    pub second_factor: SecondFactor,
    /// What an earlier login on this device gave it, so that others can't lock it out.
    pub device_token: Option<String>,
}

/// A login that succeeded.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The new session.
    pub signed_in: SignedIn,
    /// To be sent with the next login on this device. Gives no access by itself.
    pub device_token: String,
}

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// No such account, no password, or another one: the answer and its time are the same for all three.
    #[error("the e-mail address or the password is wrong")]
    WrongCredentials,
    /// Too many have failed from here.
    #[error("too many logins have failed; try again after {0}, or reset the password")]
    Locked(Timestamp),
    /// Too many have failed from everywhere.
    #[error("many logins to this account have failed; send the code that was just mailed to its address")]
    CodeNeeded,
    /// The password is right, and the account asks for a code of its authenticator app.
    #[error("send a code of the authenticator app too, as totp, or a recovery_code")]
    FactorNeeded,
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
            Self::WrongCredentials | Self::FactorNeeded => ErrorKind::Unauthenticated,
            Self::Locked(until) => ErrorKind::Locked { until: Some(*until) },
            Self::CodeNeeded => ErrorKind::Locked { until: None },
            Self::Suspended => ErrorKind::Forbidden,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Suspended => Some("ACCOUNT_SUSPENDED"),
            Self::CodeNeeded => Some("LOGIN_CODE_REQUIRED"),
            Self::FactorNeeded => Some("TOTP_REQUIRED"),
            _ => None,
        }
    }
}

impl LogIn {
    /// Compares the password and opens a session.
    ///
    /// # Errors
    /// [`LogInError`]
    pub async fn run(&self, attempt: LoginAttempt, client: Client) -> Result<LoggedIn, LogInError> {
        let (user, hash) = self.users.find_login(&attempt.email).await?.unzip();
        let hash = hash.flatten();
        let knock = Knock {
            email: &attempt.email,
            user: user.as_ref().map(|user| user.id),
            device_token: attempt.device_token.as_deref(),
            code: attempt.code.as_deref(),
            client: &client,
        };
        let counted = match self.guard.admit(&knock).await? {
            Admission::Open(counted) => counted,
            Admission::ClosedUntil(until) => return Err(LogInError::Locked(until)),
            Admission::CodeNeeded => return Err(LogInError::CodeNeeded),
        };
        let right = self.hasher.verify(&attempt.password, hash.as_ref()).await?;
        let Some(user) = user.filter(|_| right) else {
            self.guard.failed(&counted, &knock).await?;
            return Err(LogInError::WrongCredentials);
        };
        if user.status != UserStatus::Active {
            return Err(LogInError::Suspended);
        }
        let better = self.better_hash(&attempt.password, hash.as_ref()).await?;
        match self.let_in((user, &attempt.second_factor), hash.zip(better), &counted, &client).await? {
            Some(logged_in) => Ok(logged_in),
            None => {
                self.guard.failed(&counted, &knock).await?;
                Err(LogInError::WrongCredentials)
            }
        }
    }

    /// `None` when the second factor was wrong, which is said in the words of a wrong password.
    async fn let_in(
        &self,
        (user, shown): (User, &SecondFactor),
        better: Option<(PasswordHash, PasswordHash)>,
        counted: &CountedAs,
        client: &Client,
    ) -> Result<Option<LoggedIn>, LogInError> {
        let tx = self.storage.begin().await?;
        match second_factor::check(&*tx, user.id, shown, self.open_session.clock.now()).await? {
            FactorCheck::Passed => {}
            FactorCheck::Missing => return Err(LogInError::FactorNeeded),
            FactorCheck::Wrong => return Ok(None),
        }
        if let Some((old, new)) = better {
            tx.passwords().upgrade(user.id, &old, &new).await?;
        }
        self.guard.succeeded(&*tx, counted).await?;
        let device_token = self.guard.device_token(user.id);
        let signed_in = self.open_session.run(&*tx, user, client, "password").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(Some(LoggedIn { signed_in, device_token }))
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

    use super::super::stage::{guard, open_session};
    use super::*;

    fn log_in(stage: &Stage) -> LogIn {
        LogIn {
            users: stage.users(),
            storage: stage.storage(),
            hasher: stage.hasher(),
            guard: guard(stage),
            open_session: open_session(stage),
        }
    }

    fn attempt(email: &str, password: &str) -> LoginAttempt {
        LoginAttempt {
            email: Email::parse(email).unwrap(),
            password: Password::attempt(password),
            code: None,
            second_factor: SecondFactor::default(),
            device_token: None,
        }
    }

    fn from(ip: &str) -> Client {
        Client::new(Some(ip.parse().unwrap()), Some("a phone"))
    }

    #[tokio::test]
    async fn the_right_password_opens_a_session() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada").password("correct horse")).await;
        let signed_in =
            log_in(&stage).run(attempt("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        assert_eq!(signed_in.signed_in.user.id, user.id);
    }

    #[tokio::test]
    async fn an_unknown_address_and_a_wrong_password_cost_the_same_and_say_the_same() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        let before = stage.verifications();
        let wrong = log_in(&stage).run(attempt("ada@example.com", "wrong"), Client::default()).await.unwrap_err();
        let unknown = log_in(&stage).run(attempt("eve@example.com", "wrong"), Client::default()).await.unwrap_err();
        assert_eq!(wrong.to_string(), unknown.to_string());
        assert_eq!(stage.verifications() - before, 2);
    }

    #[tokio::test]
    async fn an_old_hash_is_made_better_at_the_next_login_and_a_changed_password_is_left_alone() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada").password("correct horse")).await;
        let hash = async || stage.users().find_login(&user.email).await.unwrap().unwrap().1.unwrap();
        let (old, other) = (hash().await, PasswordHash::new("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA".into()));
        log_in(&stage).run(attempt("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        assert_eq!(hash().await, old, "it is as good as one made now");

        let tx = stage.storage().begin().await.unwrap();
        tx.passwords().upgrade(user.id, &other, &other).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(hash().await, old, "somebody else has changed it");
        let strict = LogIn { hasher: stage.stricter_hasher(), ..log_in(&stage) };
        strict.run(attempt("ada@example.com", "correct horse"), Client::default()).await.unwrap();
        assert!(hash().await.as_str().contains("m=16,t=2"), "{}", hash().await.as_str());
        strict.run(attempt("ada@example.com", "correct horse"), Client::default()).await.unwrap();
    }

    #[tokio::test]
    async fn a_deleted_user_is_unknown_and_a_suspended_one_is_told_only_with_the_right_password() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("gone").password("correct horse").deleted()).await;
        stage.user(StageUser::named("held").password("correct horse").suspended()).await;
        let gone = log_in(&stage).run(attempt("gone@example.com", "correct horse"), Client::default()).await;
        assert!(matches!(gone, Err(LogInError::WrongCredentials)));
        let held = log_in(&stage).run(attempt("held@example.com", "correct horse"), Client::default()).await;
        assert!(matches!(held, Err(LogInError::Suspended)));
        let guess = log_in(&stage).run(attempt("held@example.com", "wrong"), Client::default()).await;
        assert!(matches!(guess, Err(LogInError::WrongCredentials)));
    }

    /// Lets logins fail.
    async fn fail(stage: &Stage, times: u32, email: &str, ip: &str) {
        for _ in 0..times {
            let failed = log_in(stage).run(attempt(email, "wrong"), from(ip)).await;
            assert!(matches!(failed, Err(LogInError::WrongCredentials)), "{failed:?}");
        }
    }

    #[rstest::rstest]
    #[case::of_a_user("ada@example.com")]
    #[case::of_nobody("eve@example.com")]
    #[tokio::test]
    async fn ten_failures_close_the_place_they_came_from_and_no_other(#[case] email: &str) {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        fail(&stage, 10, email, "203.0.113.9").await;
        let hashed = stage.verifications();
        let closed = log_in(&stage).run(attempt(email, "correct horse"), from("203.0.113.9")).await;
        assert!(matches!(closed, Err(LogInError::Locked(_))), "{closed:?}");
        assert_eq!(stage.verifications(), hashed, "a closed door costs no hash");
        let elsewhere = log_in(&stage).run(attempt(email, "correct horse"), from("203.0.113.10")).await;
        assert!(!matches!(elsewhere, Err(LogInError::Locked(_))), "{elsewhere:?}");
        stage.wait(std::time::Duration::from_secs(15 * 60));
        let later = log_in(&stage).run(attempt(email, "correct horse"), from("203.0.113.9")).await;
        assert!(!matches!(later, Err(LogInError::Locked(_))), "{later:?}");
    }

    #[tokio::test]
    async fn a_device_that_is_known_is_not_locked_out_by_its_neighbors_but_by_itself() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        let right = || attempt("ada@example.com", "correct horse");
        let known = log_in(&stage).run(right(), from("203.0.113.9")).await.unwrap().device_token;
        fail(&stage, 10, "ada@example.com", "203.0.113.9").await;
        let on_it = |attempt| LoginAttempt { device_token: Some(known.clone()), ..attempt };
        log_in(&stage).run(on_it(right()), from("203.0.113.9")).await.unwrap();
        for _ in 0..10 {
            let wrong = on_it(attempt("ada@example.com", "wrong"));
            assert!(log_in(&stage).run(wrong, from("203.0.113.9")).await.is_err());
        }
        let closed = log_in(&stage).run(on_it(right()), from("203.0.113.77")).await;
        assert!(matches!(closed, Err(LogInError::Locked(_))), "a stolen device can't guess for ever: {closed:?}");
    }

    #[tokio::test]
    async fn a_success_forgets_the_failures_of_its_place() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        for _ in 0..3 {
            fail(&stage, 9, "ada@example.com", "203.0.113.9").await;
            log_in(&stage).run(attempt("ada@example.com", "correct horse"), from("203.0.113.9")).await.unwrap();
        }
    }

    #[tokio::test]
    async fn after_fifty_failures_from_everywhere_a_mailed_code_is_needed_for_which_nobody_is_locked_out() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        for place in 0..10 {
            fail(&stage, 5, "ada@example.com", &format!("203.0.113.{place}")).await;
        }
        let right = || attempt("ada@example.com", "correct horse");
        let asked = log_in(&stage).run(right(), from("198.51.100.1")).await;
        assert!(matches!(asked, Err(LogInError::CodeNeeded)), "{asked:?}");
        let tx = stage.storage().begin().await.unwrap();
        let (email, purpose) = (Email::parse("ada@example.com").unwrap(), hos_domain::identity::CodePurpose::Unlock);
        let code = tx.codes().open(&email, purpose, stage.clock().now()).await.unwrap().remove(0);
        drop(tx);
        let wrong = LoginAttempt { code: Some("wrong".to_owned()), ..right() };
        assert!(matches!(log_in(&stage).run(wrong, from("198.51.100.1")).await, Err(LogInError::CodeNeeded)));
        let mailed = LoginAttempt { code: Some(stage.codes().digits(code.id)), ..right() };
        log_in(&stage).run(mailed, from("198.51.100.1")).await.unwrap();
        log_in(&stage).run(right(), from("198.51.100.1")).await.unwrap();
    }

    #[tokio::test]
    async fn every_login_and_every_failure_stands_in_the_audit_log() {
        let stage = Stage::new().await;
        stage.user(StageUser::named("ada").password("correct horse")).await;
        fail(&stage, 10, "ada@example.com", "203.0.113.9").await;
        log_in(&stage).run(attempt("ada@example.com", "correct horse"), from("203.0.113.10")).await.unwrap();
        let entries = stage.audit_log().entries_after(0, 100).await.unwrap();
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions[..9], ["login.failed"; 9]);
        assert_eq!(actions[9..], ["login.failed", "login.locked", "login.succeeded"]);
        let facts = stage.audit_log().facts(&entries).await.unwrap();
        assert_eq!(facts[0].as_ref().unwrap()["ip"], "203.0.113.9");
        let sealed = entries[0].facts.clone().unwrap();
        assert!(!sealed.windows(11).any(|bytes| bytes == b"203.0.113.9"), "addresses are sealed");
        let mut check = hos_domain::platform::ChainCheck::default();
        entries.iter().for_each(|entry| check.follow(entry).unwrap());
    }
}
