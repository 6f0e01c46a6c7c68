//! Passkeys: added by who is logged in and has just proved it, used to log in without a password.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{
    Ceremony, CeremonyId, Client, FactorQueries, Passkey, PasskeyError, PasskeyId, Passkeys, Password, PendingCeremony,
    UserId, UserQueries, UserStatus,
};
use hos_domain::kernel::{
    Detail, ErrorKind, Failure, IdSource, Invalid, RepositoryError, Storage, Stored, single_line,
};
use hos_domain::platform::AuditAction;

use super::Caller;
use super::open_session::{OpenSession, SignedIn};
use super::prove_again::{ProofError, ProveAgain};
use super::second_factor::factor_changed;

/// How long a ceremony waits for the browser's answer.
const CEREMONY_LIFE: Duration = Duration::from_secs(5 * 60);
/// Nobody has so many devices.
const MOST: usize = 20;

/// Adds, uses and removes passkeys.
pub struct UsePasskeys {
    /// The ceremonies.
    pub passkeys: Arc<dyn Passkeys>,
    /// Takes the proof that it is the user.
    pub prove_again: ProveAgain,
    /// Finds accounts.
    pub users: Arc<dyn UserQueries>,
    /// Knows a user's passkeys.
    pub factors: Arc<dyn FactorQueries>,
    /// Where passkeys are kept.
    pub storage: Arc<dyn Storage>,
    /// Opens the session.
    pub open_session: OpenSession,
}

/// What the user calls a passkey: one line, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyName(String);

impl PasskeyName {
    /// Trims and checks.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `length` or `characters`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        single_line(text, 100).map(Self)
    }
}

/// A ceremony under way, with the id under which its answer is taken.
#[derive(Debug)]
pub struct BegunCeremony {
    /// To be sent back with the answer.
    pub id: CeremonyId,
    /// For the browser, as JSON.
    pub options: String,
}

/// Why a passkey was not added, used or removed.
#[derive(Debug, thiserror::Error)]
pub enum UsePasskeyError {
    /// The ceremony came to nothing.
    #[error(transparent)]
    Ceremony(#[from] PasskeyError),
    /// The user has too many.
    #[error("an account has at most {MOST} passkeys; remove one first")]
    TooMany,
    /// The user has none with this id.
    #[error("there is no such passkey")]
    NotFound,
    /// The account is closed by us.
    #[error("this account is suspended; contact support")]
    Suspended,
    /// Whoever asks has not proved who they are.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for UsePasskeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Ceremony(error) => error.kind(),
            Self::TooMany => ErrorKind::Conflict,
            Self::NotFound => ErrorKind::NotFound,
            Self::Suspended => ErrorKind::Forbidden,
            Self::Proof(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Ceremony(error) => error.code(),
            Self::Suspended => Some("ACCOUNT_SUSPENDED"),
            Self::Proof(error) => error.code(),
            _ => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        if let Self::Proof(error) = self { error.details() } else { Vec::new() }
    }
}

impl UsePasskeys {
    /// Begins to add a passkey.
    ///
    /// # Errors
    /// [`UsePasskeyError`]
    pub async fn begin_registration(
        &self,
        caller: Caller,
        password: Option<&Password>,
    ) -> Result<BegunCeremony, UsePasskeyError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let user = self.users.find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        let known: Vec<String> =
            self.factors.passkeys(user.id).await?.into_iter().map(|passkey| passkey.credential).collect();
        if known.len() >= MOST {
            return Err(UsePasskeyError::TooMany);
        }
        let ceremony = self.passkeys.begin_registration(&user, &known)?;
        Ok(self.keep(ceremony, Some(user.id)).await?)
    }

    /// Takes the browser's answer and adds the passkey.
    ///
    /// # Errors
    /// [`UsePasskeyError`]
    pub async fn finish_registration(
        &self,
        caller: Caller,
        (ceremony, answer): (CeremonyId, &str),
        name: PasskeyName,
    ) -> Result<Passkey, UsePasskeyError> {
        let ceremony = self.take(ceremony, Some(caller.user)).await?;
        let new = self.passkeys.finish_registration(&ceremony.state, answer)?;
        let now = self.open_session.clock.now();
        let passkey = Passkey {
            id: self.ids().id(),
            user: caller.user,
            credential: new.credential,
            material: new.material,
            name: name.0,
            created_at: now,
            used_at: None,
        };
        let tx = self.storage.begin().await?;
        tx.passkeys().insert(&passkey).await.map_err(|error| match error {
            RepositoryError::Conflict => PasskeyError::Refused("this passkey is known already".to_owned()).into(),
            other => UsePasskeyError::from(other),
        })?;
        let added = (caller.user, AuditAction::FactorAdded);
        factor_changed(&*tx, self.ids(), added, "a passkey was added", now).await?;
        tx.commit().await?;
        Ok(passkey)
    }

    /// Removes a passkey.
    ///
    /// # Errors
    /// [`UsePasskeyError`]
    pub async fn remove(
        &self,
        caller: Caller,
        id: PasskeyId,
        password: Option<&Password>,
    ) -> Result<(), UsePasskeyError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let tx = self.storage.begin().await?;
        if !tx.passkeys().remove(caller.user, id).await? {
            return Err(UsePasskeyError::NotFound);
        }
        let removed = (caller.user, AuditAction::FactorRemoved);
        factor_changed(&*tx, self.ids(), removed, "a passkey was removed", self.open_session.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a login with whatever passkey the device has for us.
    ///
    /// # Errors
    /// [`UsePasskeyError`]
    pub async fn begin_login(&self) -> Result<BegunCeremony, UsePasskeyError> {
        Ok(self.keep(self.passkeys.begin_login()?, None).await?)
    }

    /// Takes the browser's answer and opens a session. A passkey is two factors by itself: the device, and what unlocks it.
    ///
    /// # Errors
    /// [`UsePasskeyError`]
    pub async fn finish_login(
        &self,
        (ceremony, answer): (CeremonyId, &str),
        client: Client,
    ) -> Result<SignedIn, UsePasskeyError> {
        let ceremony = self.take(ceremony, None).await?;
        let credential = self.passkeys.credential_of(answer)?;
        let tx = self.storage.begin().await?;
        let unknown = || PasskeyError::Refused("no account has this passkey".to_owned());
        let passkey = tx.passkeys().find(&credential).await?.ok_or_else(unknown)?;
        let material = self.passkeys.finish_login(&ceremony.state, answer, &passkey)?;
        let user = tx.users().find(passkey.user).await?.ok_or_else(unknown)?;
        if user.status != UserStatus::Active {
            return Err(UsePasskeyError::Suspended);
        }
        let used_at = Some(self.open_session.clock.now());
        tx.passkeys().save(&Passkey { material, used_at, ..passkey }).await?;
        let signed_in = self.open_session.run(&*tx, user, &client, "passkey").await?;
        tx.commit().await?;
        self.open_session.opened(&signed_in);
        Ok(signed_in)
    }

    async fn keep(&self, ceremony: Ceremony, user: Option<UserId>) -> Stored<BegunCeremony> {
        let (id, now) = (self.ids().id(), self.open_session.clock.now());
        let tx = self.storage.begin().await?;
        let pending = PendingCeremony { id, user, state: ceremony.state, expires_at: now + CEREMONY_LIFE };
        tx.ceremonies().keep(&pending).await?;
        tx.commit().await?;
        Ok(BegunCeremony { id, options: ceremony.options })
    }

    /// Takes a ceremony for good, whatever comes of the answer: a state that may be answered twice lets an answer that was
    /// overheard be played back. Another user's ceremony stays where it is: naming it must not end it.
    async fn take(&self, id: CeremonyId, user: Option<UserId>) -> Result<PendingCeremony, UsePasskeyError> {
        let tx = self.storage.begin().await?;
        let taken = tx.ceremonies().take(id, self.open_session.clock.now()).await?;
        let own = taken.filter(|ceremony| ceremony.user == user).ok_or(PasskeyError::Over)?;
        tx.commit().await?;
        Ok(own)
    }

    fn ids(&self) -> &dyn IdSource {
        &*self.open_session.ids
    }
}
