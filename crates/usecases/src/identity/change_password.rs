//! A user who is logged in chooses another password. Whoever else was logged in is out.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{HashingError, Password, PasswordHasher, SessionDirectory, SessionId, UserId, UserQueries};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, IdSource, Invalid, RepositoryError, Storage};
use hos_domain::messaging::{Message, Template};

use hos_domain::platform::{AuditAction, AuditEvent};

use crate::messaging::notify;

/// Changes passwords.
pub struct ChangePassword {
    /// Finds the present password.
    pub users: Arc<dyn UserQueries>,
    /// Compares and hashes.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Where passwords and sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// The present password, as typed, and the one that is wanted.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// Proves that it is not somebody who found an unlocked phone.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
}

/// Why the password stayed.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The account is gone.
    #[error("this account no longer exists")]
    UserGone,
    /// The present password is another one, or there is none.
    #[error("the current password is wrong")]
    WrongPassword,
    /// A password could not be checked or hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ChangePasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UserGone => ErrorKind::Unauthenticated,
            Self::WrongPassword => ErrorKind::Invalid,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let wrong = || Detail::new("current_password", Invalid::new("wrong", "This is not the current password."));
        if matches!(self, Self::WrongPassword) { vec![wrong()] } else { Vec::new() }
    }
}

impl ChangePassword {
    /// Compares, hashes, and ends every session but `session`.
    ///
    /// # Errors
    /// [`ChangePasswordError`]
    pub async fn run(
        &self,
        user: UserId,
        session: SessionId,
        change: PasswordChange,
    ) -> Result<(), ChangePasswordError> {
        let account = self.users.find(user).await?.ok_or(ChangePasswordError::UserGone)?;
        let login = self.users.find_login(&account.email).await?;
        let present = login.and_then(|(_, hash)| hash);
        if !self.hasher.verify(&change.current, present.as_ref()).await? {
            return Err(ChangePasswordError::WrongPassword);
        }
        let hash = self.hasher.hash(&change.new).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        tx.passwords().put(user, &hash, now).await?;
        let ended = tx.sessions().revoke_all(user, Some(session), now).await?;
        let message = Message { template: Template::PasswordChanged, args: BTreeMap::new() };
        notify(&*tx, &*self.ids, user, message, now).await?;
        tx.audit().note(AuditEvent::own(AuditAction::PasswordChanged, user, now));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        Ok(())
    }
}
