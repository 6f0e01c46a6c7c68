//! A user who is logged in chooses another password. Whoever else was logged in is out.

use std::collections::BTreeMap;
use std::sync::Arc;

use hos_domain::identity::{Password, SessionDirectory};
use hos_domain::kernel::{IdSource, Storage};
use hos_domain::messaging::{Message, Template};

use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::prove_again::{ProofError, ProveAgain};
use crate::messaging::notify;

/// Changes passwords.
pub struct ChangePassword {
    /// Takes the present password.
    pub prove_again: ProveAgain,
    /// Where passwords and sessions are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of the sessions that ended.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
}

/// The present password, as typed, and the one that is wanted.
#[derive(Debug, Clone)]
pub struct PasswordChange {
    /// Proves that it is not somebody who found an unlocked phone.
    pub current: Password,
    /// The one from now on.
    pub new: Password,
}

impl ChangePassword {
    /// Compares, hashes, and ends every session but the caller's.
    ///
    /// # Errors
    /// [`ProofError`]
    pub async fn run(&self, caller: Caller, change: PasswordChange) -> Result<(), ProofError> {
        self.prove_again.password(caller, &change.current, "current_password").await?;
        let hash = self.prove_again.hasher.hash(&change.new).await?;
        let (tx, now) = (self.storage.begin().await?, self.prove_again.clock.now());
        let user = caller.user;
        tx.passwords().put(user, &hash, now).await?;
        let ended = tx.sessions().revoke_all(user, caller.session(), now).await?;
        let message = Message { template: Template::PasswordChanged, args: BTreeMap::new() };
        notify(&*tx, &*self.ids, user, message, now).await?;
        tx.audit().note(AuditEvent::own(AuditAction::PasswordChanged, user, now));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        Ok(())
    }
}
