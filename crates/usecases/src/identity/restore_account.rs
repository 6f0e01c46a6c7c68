//! A user takes a deleted account back, as long as it is not erased.

use std::sync::Arc;

use hos_domain::identity::{Client, HashingError, Password, PasswordHasher, Unit, User, UserQueries, UserStatus};
use hos_domain::kernel::{Email, ErrorKind, Failure, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::delete_account::GRACE;
use super::login_guard::{Admission, Knock, LoginGuard};
use super::open_session::{OpenSession, SignedIn};

/// Takes deleted accounts back.
pub struct RestoreAccount {
    /// Finds the account.
    pub users: Arc<dyn UserQueries>,
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Compares the password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Keeps guessers out.
    pub guard: Arc<LoginGuard>,
    /// Opens the session.
    pub open_session: OpenSession,
}

/// Why an account was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// No such account, another password, or too late: the answer and its time are the same for all three.
    #[error("there is no deleted account with this e-mail address and password")]
    Unknown,
    /// Too many have failed from here.
    #[error("too many logins have failed; try again later")]
    Locked(Option<Timestamp>),
    /// A living account has the address by now.
    #[error("another account with this e-mail address exists")]
    EmailTaken,
    /// The password could not be checked.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RestoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::Unauthenticated,
            Self::Locked(until) => ErrorKind::Locked { until: *until },
            Self::EmailTaken => ErrorKind::Conflict,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::EmailTaken).then_some("EMAIL_TAKEN")
    }
}

impl RestoreAccount {
    /// Compares the password, brings the account back and opens a session.
    ///
    /// # Errors
    /// [`RestoreError`]
    pub async fn run(&self, email: &Email, password: &Password, client: Client) -> Result<SignedIn, RestoreError> {
        let now = self.open_session.clock.now();
        let (user, hash) = self.users.find_deleted_login(email, now - GRACE).await?.unzip();
        let user_id = user.as_ref().map(|user: &User| user.id);
        let knock = Knock { email, user: user_id, device_token: None, code: None, client: &client };
        let counted = match self.guard.admit(&knock).await? {
            Admission::Open(counted) => counted,
            Admission::ClosedUntil(until) => return Err(RestoreError::Locked(Some(until))),
            Admission::CodeNeeded => return Err(RestoreError::Locked(None)),
        };
        let right = self.hasher.verify(password, hash.flatten().as_ref()).await?;
        let Some(user) = user.filter(|_| right) else {
            self.guard.failed(&counted, &knock).await?;
            return Err(RestoreError::Unknown);
        };
        let tx = self.storage.begin().await?;
        let user = bring_back(&*tx, user, now).await.map_err(|error| match error {
            RepositoryError::Conflict => RestoreError::EmailTaken,
            other => other.into(),
        })?;
        self.guard.succeeded(&*tx, &counted).await?;
        let signed_in = self.open_session.run(&*tx, user, &client, "restore").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }
}

/// Opens a deleted account again, in the caller's unit; `Conflict` when another one has its address by now.
pub(crate) async fn bring_back(tx: &dyn Unit, user: User, now: Timestamp) -> Stored<User> {
    let user = User { status: UserStatus::Active, deleted_at: None, ..user };
    tx.users().save(&user).await?;
    tx.audit().note(AuditEvent::own(AuditAction::AccountRestored, user.id, now));
    Ok(user)
}
