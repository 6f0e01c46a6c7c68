//! What a provider lets us do for its users is taken after a sign-in and given back when the account goes. Both are jobs:
//! the provider may be away, and neither a sign-in nor a deletion waits for it. Nothing of it lies open in a job.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::{ForeignGrant, ForeignGrants, ForeignProvider, Unit, UserId};
use hos_domain::kernel::{
    Clock, GatewayError, IdSource, SealError, SealedText, Sealer, Storage, Stored, Timestamp, with_causes,
};
use hos_domain::platform::{Lease, Queue};
use serde::{Deserialize, Serialize};

use crate::platform::{JobError, JobPayload, Runner, enqueue};

/// Turns the authorization code of a sign-in into a grant, and keeps it with the link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeGrantJob {
    issuer: String,
    subject: String,
    code: SealedText,
}

impl JobPayload for TakeGrantJob {
    const NAME: &'static str = "identity.take_grant";
    const QUEUE: Queue = Queue::Normal;
    /// A code counts for five minutes: these tries take a little longer.
    const MAX_TRIES: u16 = 7;
    const FIRST_BACKOFF: Duration = Duration::from_secs(5);
}

/// Gives a grant back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnGrantJob {
    grant: SealedText,
}

impl JobPayload for ReturnGrantJob {
    const NAME: &'static str = "identity.return_grant";
    const QUEUE: Queue = Queue::Normal;
    /// About two days, the last tries an hour apart.
    const MAX_TRIES: u16 = 50;
    const FIRST_BACKOFF: Duration = Duration::from_secs(5);
}

/// Leaves a job behind for the authorization code of a sign-in, in the caller's unit.
pub(crate) async fn take_later(
    tx: &dyn Unit,
    (sealer, ids): (&dyn Sealer, &dyn IdSource),
    (issuer, subject): (&str, &str),
    code: &str,
    now: Timestamp,
) -> Stored<()> {
    let code = SealedText::seal(sealer, code);
    let job = TakeGrantJob { issuer: issuer.to_owned(), subject: subject.to_owned(), code };
    enqueue(tx, ids, &job, now).await
}

/// Gives back what a user's providers, or one of them, let us do: from now on it is in jobs only.
pub(crate) async fn return_grants(
    tx: &dyn Unit,
    (sealer, ids): (&dyn Sealer, &dyn IdSource),
    user: UserId,
    provider: Option<ForeignProvider>,
    now: Timestamp,
) -> Stored<()> {
    for grant in tx.foreign_links().take_grants(user, provider).await? {
        let job = ReturnGrantJob { grant: SealedText::seal(sealer, &grant.expose()) };
        enqueue(tx, ids, &job, now).await?;
    }
    Ok(())
}

/// Takes grants.
pub struct TakeGrant {
    /// The provider; none where its key is not set any more.
    pub grants: Option<Arc<dyn ForeignGrants>>,
    /// Where links are kept.
    pub storage: Arc<dyn Storage>,
    /// Opens the code.
    pub sealer: Arc<dyn Sealer>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for TakeGrant {
    type Payload = TakeGrantJob;

    async fn run(&self, job: TakeGrantJob, lease: &Lease) -> Result<(), JobError> {
        let code = String::from_utf8(job.code.open(&*self.sealer).map_err(|error| unreadable(&error))?);
        let code = code.map_err(|_| JobError::Fail("the code is no text".to_owned()))?;
        let taken = provider(self.grants.as_ref())?.exchange(&code, self.clock.now()).await;
        let grant = match taken {
            Ok(grant) => Some(grant),
            // Used, too old, made up, or perhaps used by the try that got no answer: there is nothing to be had for it.
            Err(error @ (GatewayError::InvalidRequest(_) | GatewayError::Timeout)) => {
                tracing::warn!(%error, "an authorization code gave no grant");
                None
            }
            Err(error) => return Err(later(&error)),
        };
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        if let Some(grant) = grant {
            let link = tx.foreign_links().find(&job.issuer, &job.subject).await?;
            let living = match &link {
                Some(link) => tx.users().find(link.user).await?.is_some(),
                None => false,
            };
            // Whoever is gone by now must not be acted for.
            if !living || !tx.foreign_links().keep_grant(&job.issuer, &job.subject, &grant).await? {
                let job = ReturnGrantJob { grant: SealedText::seal(&*self.sealer, &grant.expose()) };
                enqueue(&*tx, &*self.ids, &job, now).await?;
            }
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Gives grants back.
pub struct ReturnGrant {
    /// The provider; none where its key is not set any more.
    pub grants: Option<Arc<dyn ForeignGrants>>,
    /// Where jobs are kept.
    pub storage: Arc<dyn Storage>,
    /// Opens the grant.
    pub sealer: Arc<dyn Sealer>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for ReturnGrant {
    type Payload = ReturnGrantJob;

    async fn run(&self, job: ReturnGrantJob, lease: &Lease) -> Result<(), JobError> {
        let grant = ForeignGrant::read(&job.grant.open(&*self.sealer).map_err(|error| unreadable(&error))?);
        let grant = grant.ok_or_else(|| JobError::Fail("the grant can't be read".to_owned()))?;
        match provider(self.grants.as_ref())?.revoke(&grant, self.clock.now()).await {
            Ok(()) => {}
            // The provider does not know it: the user was faster.
            Err(GatewayError::InvalidRequest(word)) if word == "invalid_grant" => {}
            Err(error) => return Err(later(&error)),
        }
        let tx = self.storage.begin().await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn provider(grants: Option<&Arc<dyn ForeignGrants>>) -> Result<&dyn ForeignGrants, JobError> {
    let missing = || JobError::Retry("the provider's key is not set any more".to_owned());
    grants.map(|grants| &**grants).ok_or_else(missing)
}

/// A wrong key is mended by a person, and the job then done by itself.
fn later(error: &GatewayError) -> JobError {
    JobError::Retry(with_causes(error))
}

fn unreadable(error: &SealError) -> JobError {
    JobError::Fail(error.to_string())
}
