//! An account moves to another address, after its user has proved who they are and that they read mail there.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{CodePurpose, OneTimeCodes, Password, User};
use hos_domain::kernel::{Clock, Email, IdSource, RepositoryError, Storage};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::codes::{CodeError, ask, redeem};
use super::prove_again::{ProofError, ProveAgain};
use crate::messaging::{Recipient, mail};

/// Moves accounts to other addresses.
pub struct ChangeEmail {
    /// Takes the proof.
    pub prove_again: ProveAgain,
    /// Where accounts and codes are kept.
    pub storage: Arc<dyn Storage>,
    /// Recognizes codes.
    pub codes: Arc<dyn OneTimeCodes>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl ChangeEmail {
    /// Sends a code to the new address. Says nothing of whether somebody has it.
    ///
    /// # Errors
    /// [`ProofError`]
    pub async fn ask(&self, caller: Caller, new: Email, password: Option<&Password>) -> Result<(), ProofError> {
        self.prove_again.password_or_fresh(caller, password).await?;
        let tx = self.storage.begin().await?;
        let asked = (CodePurpose::ChangeEmail, new);
        ask(&*tx, &*self.ids, asked, Some(caller.user), None, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the code that was sent there, and tells the old address.
    ///
    /// # Errors
    /// [`CodeError`]
    pub async fn confirm(&self, caller: Caller, new: Email, typed: &str) -> Result<User, CodeError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let code = redeem(&*tx, &*self.codes, (CodePurpose::ChangeEmail, &new), typed, now).await?;
        let Some(_) = code.filter(|code| code.user == Some(caller.user)) else {
            tx.commit().await?;
            return Err(CodeError::Wrong);
        };
        let user = tx.users().find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        let (name, locale) = (user.name.clone(), user.locale.clone());
        let old = Recipient::Stranger { email: user.email.clone(), name, locale };
        let moved = User { email: new, email_verified: true, ..user };
        tx.users().save(&moved).await.map_err(|error| match error {
            // Somebody else was faster; whose address it is, they have not shown to us.
            RepositoryError::Conflict => CodeError::Wrong,
            other => other.into(),
        })?;
        let message = Message { template: Template::EmailChanged, args: BTreeMap::new() };
        mail(&*tx, &*self.ids, old, message, now).await?;
        tx.audit().note(AuditEvent::own(AuditAction::EmailChanged, caller.user, now));
        tx.commit().await?;
        Ok(moved)
    }
}
