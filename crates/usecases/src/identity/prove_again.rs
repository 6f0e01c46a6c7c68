//! Proving again who one is: what deletes, exports or moves an account asks for a proof that is not old, so that an
//! unlocked phone is not enough.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{HashingError, Password, PasswordHasher, SessionQueries, UserQueries};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, Invalid, RepositoryError, Storage};

use super::{Caller, Login};

/// How long a proof counts.
const FRESH_FOR: Duration = Duration::from_secs(10 * 60);

/// Takes proofs of users who are logged in.
#[derive(Clone)]
pub struct ProveAgain {
    /// Finds the present password.
    pub users: Arc<dyn UserQueries>,
    /// Knows when the session's user last proved who they are.
    pub sessions: Arc<dyn SessionQueries>,
    /// Compares.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Where the proof is noted.
    pub storage: Arc<dyn Storage>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why nothing was proved.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The password in this field is another one, or the account has none.
    #[error("the current password is wrong")]
    WrongPassword(&'static str),
    /// Nothing was sent, and the last proof is too old.
    #[error("prove again who you are, at /auth/step-up or by a new login")]
    Needed,
    /// The same for who has logged in at the external identity system, which alone can take the proof.
    #[error(
        "sign in again at your identity provider, and send a token that says when you did (auth_time, or its own claim)"
    )]
    NeededAtIssuer,
    /// The password could not be checked.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ProofError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongPassword(_) => ErrorKind::Invalid,
            Self::Needed | Self::NeededAtIssuer => ErrorKind::Forbidden,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Needed => Some("STEP_UP_REQUIRED"),
            Self::NeededAtIssuer => Some("SIGN_IN_AGAIN_AT_ISSUER"),
            _ => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::WrongPassword(field) => {
                vec![Detail::new(*field, Invalid::new("wrong", "This is not the current password."))]
            }
            _ => Vec::new(),
        }
    }
}

impl ProveAgain {
    /// Notes for the session that its user has just proved who they are.
    ///
    /// # Errors
    /// [`ProofError`]
    pub async fn run(&self, caller: Caller, password: &Password) -> Result<(), ProofError> {
        let session = caller.session().ok_or(ProofError::NeededAtIssuer)?;
        self.password(caller, password, "password").await?;
        let tx = self.storage.begin().await?;
        tx.sessions().note_proof(session, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Compares a password; `field` is how the client named what it sent.
    pub(crate) async fn password(
        &self,
        caller: Caller,
        typed: &Password,
        field: &'static str,
    ) -> Result<(), ProofError> {
        let hash = self.users.find_password(caller.user).await?;
        if self.hasher.verify(typed, hash.as_ref()).await? { Ok(()) } else { Err(ProofError::WrongPassword(field)) }
    }

    /// Takes the password that was sent, or else a proof of this session that is not old.
    pub(crate) async fn password_or_fresh(&self, caller: Caller, typed: Option<&Password>) -> Result<(), ProofError> {
        if let Some(typed) = typed {
            return self.password(caller, typed, "password").await;
        }
        let now = self.clock.now();
        let (proved_at, needed) = match caller.login {
            Login::Session(session) => (self.sessions.proved_at(session).await?, ProofError::Needed),
            Login::AtIssuer { proved_at } => (proved_at, ProofError::NeededAtIssuer),
        };
        if proved_at.is_some_and(|at| now.since(at) < FRESH_FOR) { Ok(()) } else { Err(needed) }
    }
}
