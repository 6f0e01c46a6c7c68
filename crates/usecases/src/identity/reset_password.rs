//! A user who forgot the password proves that they read the account's mail, and chooses another one.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{
    ApiKeyDirectory, Client, Code, CodePurpose, HashingError, OneTimeCodes, Password, PasswordHasher, SessionDirectory,
    Unit, User,
};
use hos_domain::kernel::{Clock, Email, ErrorKind, Failure, IdSource, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::codes::ask;
use super::revoke_api_key::revoke_all;
use crate::messaging::notify;

/// Replaces forgotten passwords.
pub struct ResetPassword {
    /// Where codes, passwords and sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Recognizes the link.
    pub codes: Arc<dyn OneTimeCodes>,
    /// Hashes the new password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Learns of the sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns that the user's API keys count no more.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What the link held, and the password that is wanted.
#[derive(Debug, Clone)]
pub struct PasswordReset {
    /// The text in the link.
    pub token: String,
    /// The one from now on.
    pub new: Password,
}

/// Why the password stayed.
#[derive(Debug, thiserror::Error)]
pub enum ResetPasswordError {
    /// Not ours, too old, or used: the answer is the same.
    #[error("the link is wrong or no longer counts; ask for another one")]
    Wrong,
    /// The password could not be hashed.
    #[error(transparent)]
    Hashing(#[from] HashingError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ResetPasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Wrong => ErrorKind::Unprocessable,
            Self::Hashing(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::Wrong).then_some("CODE_INVALID")
    }
}

impl ResetPassword {
    /// Asks for a link. Says nothing of whether there is an account: that is looked up when the mail is written, so the
    /// same is done here for every address, in the same time.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn forgot(&self, email: Email) -> Stored<()> {
        let tx = self.storage.begin().await?;
        ask(&*tx, &*self.ids, (CodePurpose::ResetPassword, email), None, None, self.clock.now()).await?;
        tx.commit().await
    }

    /// Takes the link, sets the password, ends every session and revokes every API key: whoever was in is out. Who reads
    /// the mail has also shown whose address it is.
    ///
    /// # Errors
    /// [`ResetPasswordError`]
    pub async fn run(&self, reset: PasswordReset, client: Client) -> Result<(), ResetPasswordError> {
        let id = self.codes.code_of(&reset.token).ok_or(ResetPasswordError::Wrong)?;
        // Looked up before the hash is made, so that a made-up link costs no work, and again after it.
        let tx = self.storage.begin().await?;
        account_of(&*tx, tx.codes().find(id).await?, self.clock.now()).await?;
        drop(tx);
        let hash = self.hasher.hash(&reset.new).await?;
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let (code, user) = account_of(&*tx, tx.codes().find(id).await?, now).await?;
        tx.codes().save(&Code { used_at: Some(now), ..code }).await?;
        tx.passwords().put(user.id, &hash, now).await?;
        tx.users().save(&User { email_verified: true, ..user.clone() }).await?;
        let ended = tx.sessions().revoke_all(user.id, None, now).await?;
        revoke_all(&*tx, user.id, now).await?;
        let message = Message { template: Template::PasswordChanged, args: BTreeMap::new() };
        notify(&*tx, &*self.ids, user.id, message, now).await?;
        let event = AuditEvent::own(AuditAction::PasswordReset, user.id, now);
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        self.keys.changed(user.id);
        Ok(())
    }
}

async fn account_of(tx: &dyn Unit, code: Option<Code>, now: Timestamp) -> Result<(Code, User), ResetPasswordError> {
    let open = |code: &Code| code.purpose == CodePurpose::ResetPassword && code.is_open(now);
    let code = code.filter(open).ok_or(ResetPasswordError::Wrong)?;
    let user = tx.users().find_by_email(&code.email).await?.ok_or(ResetPasswordError::Wrong)?;
    Ok((code, user))
}
