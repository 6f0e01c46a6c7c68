//! An external identity system sends something about its users: believe it or not, store it, answer. The rest is a job's.

use std::collections::HashMap;
use std::sync::Arc;

use hos_domain::billing::{IncomingWebhook, WebhookRefusal};
use hos_domain::identity::{ForeignUserNews, IdentitySystem, StoredNews, StoredNewsId};
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage};
use hos_domain::platform::Queue;
use serde::{Deserialize, Serialize};

use crate::platform::{JobPayload, enqueue};

/// How each system's messages are believed and read.
pub type NewsReaders = HashMap<IdentitySystem, Arc<dyn ForeignUserNews>>;

/// Takes messages in.
pub struct ReceiveNews {
    /// Who can be believed.
    pub readers: NewsReaders,
    /// Where messages are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why a message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveNewsError {
    /// It is not believed.
    #[error(transparent)]
    Refused(#[from] WebhookRefusal),
    /// The storage failed; who keeps messages will send it again.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ReceiveNewsError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(refusal) => refusal.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Storage(_) => None,
        }
    }
}

/// Does what a stored message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeNewsJob {
    /// Which.
    pub news: StoredNewsId,
}

impl JobPayload for TakeNewsJob {
    const NAME: &'static str = "identity.take_news";
    const QUEUE: Queue = Queue::Normal;
    const MAX_TRIES: u16 = 8;
}

impl ReceiveNews {
    /// Believes, stores and leaves the rest to a job. A duplicate is taken as well as the first.
    ///
    /// # Errors
    /// [`ReceiveNewsError`]
    pub async fn run(&self, system: IdentitySystem, webhook: IncomingWebhook) -> Result<(), ReceiveNewsError> {
        let now = self.clock.now();
        let reader = self.readers.get(&system).ok_or(WebhookRefusal::NotConfigured)?;
        let news = reader.read(&webhook, now)?;
        let event_id = news.event_id(&webhook);
        let stored = StoredNews { id: self.ids.id(), system, event_id, kind: news.kind, webhook, received_at: now };
        let tx = self.storage.begin().await?;
        if tx.foreign_news().insert(&stored).await? {
            enqueue(&*tx, &*self.ids, &TakeNewsJob { news: stored.id }, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
