//! A provider sends something: believe it or not, store it, answer. Nothing is read here but the envelope, and no
//! provider is called.

use std::sync::Arc;

use hos_domain::billing::{IncomingWebhook, Provider, StoredWebhook, WebhookRefusal};
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage};

use super::{ProcessWebhookJob, Providers};
use crate::platform::enqueue;

/// Takes webhooks in.
pub struct ReceiveWebhook {
    /// Who can be believed.
    pub providers: Providers,
    /// Where events are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why a webhook was not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveWebhookError {
    /// No such provider is set up.
    #[error("there is no webhook endpoint of this name")]
    UnknownProvider,
    /// It is not believed.
    #[error(transparent)]
    Refused(#[from] WebhookRefusal),
    /// The storage failed; the provider will send it again.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for ReceiveWebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownProvider => ErrorKind::NotFound,
            Self::Refused(refusal) => refusal.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::UnknownProvider | Self::Storage(_) => None,
        }
    }
}

impl ReceiveWebhook {
    /// Believes, stores and leaves the rest to a job. A duplicate is taken as well as the first.
    ///
    /// # Errors
    /// [`ReceiveWebhookError`]
    pub async fn run(&self, provider: Provider, webhook: IncomingWebhook) -> Result<(), ReceiveWebhookError> {
        let now = self.clock.now();
        let verifier = &self.providers.get(provider).ok_or(ReceiveWebhookError::UnknownProvider)?.verifier;
        let verified = verifier.verify(&webhook, now)?;
        let event = StoredWebhook {
            id: self.ids.id(),
            provider,
            account: verified.account,
            event_id: verified.event_id,
            kind: verified.kind,
            headers: webhook.headers,
            body: webhook.body,
            received_at: now,
        };
        let tx = self.storage.begin().await?;
        if tx.webhooks().insert(&event).await? {
            enqueue(&*tx, &*self.ids, &ProcessWebhookJob { event: event.id }, now).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
