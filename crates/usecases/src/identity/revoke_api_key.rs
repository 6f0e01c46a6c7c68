//! A user revokes a key: from now on it counts no more.

use std::sync::Arc;

use hos_domain::identity::{ApiKeyDirectory, ApiKeyId, Client, Unit, UserId};
use hos_domain::kernel::{Clock, ErrorKind, Failure, RepositoryError, Storage, Stored, Timestamp};
use hos_domain::platform::{AuditAction, AuditEvent};

/// Revokes API keys.
pub struct RevokeApiKey {
    /// Where keys are kept.
    pub storage: Arc<dyn Storage>,
    /// Learns of it.
    pub keys: Arc<dyn ApiKeyDirectory>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why no key was revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeApiKeyError {
    /// The user has no key with this id that counts.
    #[error("there is no such key")]
    Unknown,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RevokeApiKeyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl RevokeApiKey {
    /// Removes the key; the audit log remembers it.
    ///
    /// # Errors
    /// [`RevokeApiKeyError`]
    pub async fn run(&self, user: UserId, key: ApiKeyId, client: Client) -> Result<(), RevokeApiKeyError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        let key = tx.api_keys().remove(user, key, now).await?.ok_or(RevokeApiKeyError::Unknown)?;
        let event = AuditEvent::own(AuditAction::ApiKeyRevoked, user, now).with("key", key.id.to_string());
        let event = event.with("name", key.name.as_str());
        tx.audit().note(event.from(client.ip, client.user_agent.as_deref()));
        tx.commit().await?;
        self.keys.changed(user);
        Ok(())
    }
}

/// Removes every key of a user in the caller's unit, who tells the directory after the commit.
pub(crate) async fn revoke_all(tx: &dyn Unit, user: UserId, now: Timestamp) -> Stored<()> {
    if tx.api_keys().remove_all(user).await? > 0 {
        tx.audit().note(AuditEvent::own(AuditAction::ApiKeyRevoked, user, now).with("key", "all"));
    }
    Ok(())
}
