//! A user deletes their account: hidden at once, erased after 30 days, taken back until then by who proves that it is theirs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::identity::{ApiKeyDirectory, Client, Organization, Password, SessionDirectory, SessionId, Unit, User};
use hos_domain::kernel::{
    Clock, Detail, ErrorKind, Failure, IdSource, RepositoryError, Sealer, Storage, Stored, Timestamp,
};
use hos_domain::messaging::{Message, Template};
use hos_domain::platform::{AuditAction, AuditEvent};

use super::Caller;
use super::foreign_grants::return_grants;
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
    /// Seals what waits in jobs.
    pub sealer: Arc<dyn Sealer>,
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
        let ended = hide(&*tx, (&*self.sealer, &*self.ids), user, now).await?;
        let event = AuditEvent::own(AuditAction::AccountDeleted, caller.user, now);
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        self.keys.changed(caller.user);
        Ok(now + GRACE)
    }
}

/// Hides an account in the caller's unit, who notes why and tells of the sessions that ended. What providers let us do for
/// the user is given back at once: Apple asks for it when the account is deleted, not when it is erased.
pub(crate) async fn hide(
    tx: &dyn Unit,
    (sealer, ids): (&dyn Sealer, &dyn IdSource),
    user: User,
    now: Timestamp,
) -> Stored<Vec<SessionId>> {
    let ended = tx.sessions().revoke_all(user.id, None, now).await?;
    return_grants(tx, (sealer, ids), user.id, None, now).await?;
    // The user is found by nobody from here on, so the mail carries the address itself.
    let to = Recipient::Stranger { email: user.email.clone(), name: user.name.clone(), locale: user.locale.clone() };
    let until = (now + GRACE).to_chrono().date_naive().to_string();
    let args = BTreeMap::from([("until".to_owned(), until)]);
    mail(tx, ids, to, Message { template: Template::AccountDeleted, args }, now).await?;
    // Nobody pays for an account that is gone. Taking it back does not take this back; resuming does.
    enqueue(tx, ids, &StopRenewalJob { user: user.id, subscription: None }, now).await?;
    tx.users().save(&user.deleted(now)).await?;
    Ok(ended)
}
