//! A user deletes their account: hidden at once, erased after 30 days, taken back until then by who knows the password.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{
    ApiKeyDirectory, Client, HashingError, Organization, Password, PasswordHasher, SessionDirectory, User, UserQueries,
    UserStatus,
};
use hos_domain::kernel::{Clock, Detail, Email, ErrorKind, Failure, IdSource, RepositoryError, Storage, Timestamp};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::login_guard::{Admission, Knock, LoginGuard};
use super::open_session::{OpenSession, SignedIn};
use super::prove_again::{ProofError, ProveAgain};
use crate::billing::StopRenewalJob;
use crate::messaging::{Recipient, mail};
use crate::platform::enqueue;

/// How long an account can be taken back.
pub const GRACE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Deletes accounts.
pub struct DeleteAccount {
    /// Takes the proof.
    pub prove_again: ProveAgain,
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns that the user's API keys count no more.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeleteAccountError {
    /// The user has not proved again who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// Others would be left in organizations that nobody could hand over or delete any more.
    #[error("you own organizations: transfer or delete them first")]
    OwnsOrganizations(Vec<Organization>),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for DeleteAccountError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::OwnsOrganizations(_) => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Proof(error) => error.code(),
            Self::OwnsOrganizations(_) => Some("OWNS_ORGANIZATIONS"),
            Self::Storage(_) => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        let owned = |organization: &Organization| Detail {
            field: organization.id.to_string().into(),
            constraint: "owner".into(),
            message: organization.name.as_str().to_owned().into(),
        };
        match self {
            Self::Proof(error) => error.details(),
            Self::OwnsOrganizations(organizations) => organizations.iter().map(owned).collect(),
            Self::Storage(_) => Vec::new(),
        }
    }
}

impl DeleteAccount {
    /// Hides the account and ends its sessions; gives back when it will be erased.
    ///
    /// # Errors
    /// [`DeleteAccountError`]
    pub async fn run(
        &self,
        caller: Caller,
        password: Option<&Password>,
        client: Client,
    ) -> Result<Timestamp, DeleteAccountError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let user = tx.users().find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        let owned = tx.organizations().owned(user.id).await?;
        if !owned.is_empty() {
            return Err(DeleteAccountError::OwnsOrganizations(owned));
        }
        let erased_at = now + GRACE;
        let ended = tx.sessions().revoke_all(user.id, None, now).await?;
        // The user is found by nobody from here on, so the mail carries the address itself.
        let to =
            Recipient::Stranger { email: user.email.clone(), name: user.name.clone(), locale: user.locale.clone() };
        let until = erased_at.to_chrono().date_naive().to_string();
        let args = BTreeMap::from([("until".to_owned(), until)]);
        mail(&*tx, &*self.ids, to, Message { template: Template::AccountDeleted, args }, now).await?;
        // Nobody pays for an account that is gone. Taking it back does not take this back; resuming does.
        enqueue(&*tx, &*self.ids, &StopRenewalJob { user: user.id, subscription: None }, now).await?;
        tx.users().save(&User { status: UserStatus::Deleted, deleted_at: Some(now), ..user }).await?;
        let event = AuditEvent::own(AuditAction::AccountDeleted, caller.user, now);
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        self.keys.changed(caller.user);
        Ok(erased_at)
    }
}

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
        let user = User { status: UserStatus::Active, deleted_at: None, ..user };
        tx.users().save(&user).await.map_err(|error| match error {
            RepositoryError::Conflict => RestoreError::EmailTaken,
            other => other.into(),
        })?;
        tx.audit().note(AuditEvent::own(AuditAction::AccountRestored, user.id, now));
        self.guard.succeeded(&*tx, &counted).await?;
        let signed_in = self.open_session.run(&*tx, user, &client, "restore").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }
}
