//! Somebody who began without saying who they are signs in to the account they have already, and keeps everything.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::{
    AccessTokens, ApiKeyDirectory, Client, Rights, SessionDirectory, SessionKind, User, UserId,
};
use hos_domain::kernel::{Clock, Detail, ErrorKind, Failure, IdSource, Invalid, RepositoryError, Storage};
use hos_domain::platform::{AuditAction, AuditEvent, Lease, Queue};
use serde::{Deserialize, Serialize};

use super::Caller;
use super::be_anonymous::is_anonymous;
use super::prove_again::{ProofError, ProveAgain};
use crate::platform::{JobError, JobPayload, Runner, enqueue};

/// Longer than any request that the anonymous account's device may still have under way.
const STRAGGLERS_AFTER: Duration = Duration::from_secs(2 * 60);

/// Merges anonymous accounts into known ones.
pub struct MergeAccounts {
    /// The proof that it is the known account's user.
    pub prove_again: ProveAgain,
    /// The proof that it is the anonymous account's device.
    pub tokens: Arc<dyn AccessTokens>,
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
    /// Knows which sessions were ended, and learns of those that end.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Learns that the anonymous account's API keys count no more.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why nothing was merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// The known account's last proof is too old.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The token of the anonymous account does not count.
    #[error("the anonymous account's access token is expired or not valid")]
    Token,
    /// The account that would go is known.
    #[error("only an anonymous account can be merged into another")]
    NotAnonymous,
    /// The account that would stay is anonymous.
    #[error("log in to the account that stays; this one is anonymous")]
    Anonymous,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for MergeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Proof(error) => error.kind(),
            Self::Token => ErrorKind::Invalid,
            Self::NotAnonymous | Self::Anonymous => ErrorKind::Conflict,
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Proof(error) => error.code(),
            Self::NotAnonymous => Some("NOT_ANONYMOUS"),
            Self::Anonymous => Some("ANONYMOUS"),
            Self::Token | Self::Storage(_) => None,
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Proof(error) => error.details(),
            Self::Token => {
                let invalid = Invalid::new("token", "This is no access token of an anonymous account, or an old one.");
                vec![Detail::new("anonymous_access_token", invalid)]
            }
            _ => Vec::new(),
        }
    }
}

impl MergeAccounts {
    /// Moves everything of the account behind `token` to the caller's, closes the former for ever, and tells who the caller
    /// is. Asked again, it changes nothing.
    ///
    /// # Errors
    /// [`MergeError`]
    pub async fn run(&self, caller: Caller, token: &str, client: Client) -> Result<User, MergeError> {
        self.prove_again.password_or_fresh(caller, None).await?;
        let now = self.clock.now();
        let claims = self.tokens.verify(token, now).map_err(|_| MergeError::Token)?;
        if claims.rights != Rights::Full || claims.kind != SessionKind::Native {
            return Err(MergeError::Token);
        }
        let alive = self.sessions.is_live(claims.session, now).await?;
        let tx = self.storage.begin().await?;
        let guest = tx.users().find(claims.user).await?.filter(|_| alive);
        let user = tx.users().find(caller.user).await?.ok_or(RepositoryError::Stale)?;
        let Some(guest) = guest else {
            // The answer to an earlier request may have been lost.
            let done = claims.user != user.id && tx.merges().holder(claims.user).await? == user.id;
            return if done { Ok(user) } else { Err(MergeError::Token) };
        };
        if is_anonymous(&*tx, &user).await? {
            return Err(MergeError::Anonymous);
        }
        if !is_anonymous(&*tx, &guest).await? {
            return Err(MergeError::NotAnonymous);
        }
        let (from, into) = (guest.id, user.id);
        let ended = tx.sessions().revoke_all(from, None, now).await?;
        tx.users().save(&guest.deleted(now)).await?;
        tx.merges().merge(from, into).await?;
        enqueue(&*tx, &*self.ids, &MergeStragglersJob { from, into }, now + STRAGGLERS_AFTER).await?;
        let event = AuditEvent::own(AuditAction::AccountMerged, into, now).with("from", from.to_string());
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        ended.into_iter().for_each(|session| self.sessions.closed(session));
        self.keys.changed(from);
        Ok(user)
    }
}

/// Moves what requests that were under way have added to an account while it was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeStragglersJob {
    /// The account that is gone.
    pub from: UserId,
    /// The one that has its things.
    pub into: UserId,
}

impl JobPayload for MergeStragglersJob {
    const NAME: &'static str = "identity.merge_stragglers";
    const QUEUE: Queue = Queue::Cleanup;
    const MAX_TRIES: u16 = 20;
}

/// Merges once more.
pub struct MergeStragglers {
    /// Where accounts are kept.
    pub storage: Arc<dyn Storage>,
}

#[async_trait]
impl Runner for MergeStragglers {
    type Payload = MergeStragglersJob;

    async fn run(&self, job: MergeStragglersJob, lease: &Lease) -> Result<(), JobError> {
        let tx = self.storage.begin().await?;
        tx.merges().merge(job.from, job.into).await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
