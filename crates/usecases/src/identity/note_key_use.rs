//! When a key was last used is noted beside the request, never on its way: what only reads must not wait for the writer.

use std::sync::Arc;

use hos_domain::identity::{ApiKeyDirectory, ApiKeyId};
use hos_domain::kernel::{Clock, Storage, Stored, with_causes};

/// Notes that keys are used.
pub struct NoteKeyUse {
    /// Where keys are kept.
    pub storage: Arc<dyn Storage>,
    /// Knows which uses are worth a note.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl NoteKeyUse {
    /// Whether a use of this key, now, is to be noted.
    #[must_use]
    pub fn is_due(&self, key: ApiKeyId) -> bool {
        self.keys.is_worth_a_note(key)
    }

    /// Notes it. A note that can't be written is no harm to anybody: the next use makes another.
    pub async fn run(&self, key: ApiKeyId) {
        if let Err(error) = self.write(key).await {
            tracing::warn!(%key, error = with_causes(&error), "the use of an API key was not noted");
        }
    }

    async fn write(&self, key: ApiKeyId) -> Stored<()> {
        let tx = self.storage.begin().await?;
        tx.api_keys().note_use(key, self.clock.now()).await?;
        tx.commit().await
    }
}
