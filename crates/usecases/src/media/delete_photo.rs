//! A photo goes, and its bytes with it.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, ErrorKind, Failure, IdSource, RepositoryError, Storage};
use hos_domain::media::{ObjectStore, PhotoId, PhotoState};
use hos_domain::platform::Lease;

use super::DeleteObjectsJob;
use crate::platform::{JobError, Runner, enqueue};

/// Deletes photos.
pub struct DeletePhoto {
    /// Where photos are kept.
    pub storage: Arc<dyn Storage>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// Why a photo was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum DeletePhotoError {
    /// There is none with this id, or it is another user's.
    #[error("there is no such photo")]
    NotFound,
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for DeletePhotoError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Storage(error) => error.kind(),
        }
    }
}

impl DeletePhoto {
    /// Removes the row now and the bytes by a job that is repeated until they are gone.
    ///
    /// # Errors
    /// [`DeletePhotoError`]
    pub async fn run(&self, user: UserId, id: PhotoId) -> Result<(), DeletePhotoError> {
        let tx = self.storage.begin().await?;
        let photo = tx.photos().remove(user, id).await?.ok_or(DeletePhotoError::NotFound)?;
        let mut keys = vec![photo.original];
        if let PhotoState::Ready { key, .. } = photo.state {
            keys.push(key);
        }
        enqueue(&*tx, &*self.ids, &DeleteObjectsJob { keys }, self.clock.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Deletes objects that nothing refers to any more.
pub struct DeleteObjects {
    /// Where they are.
    pub objects: Arc<dyn ObjectStore>,
    /// Where jobs are completed.
    pub storage: Arc<dyn Storage>,
}

#[async_trait]
impl Runner for DeleteObjects {
    type Payload = DeleteObjectsJob;

    async fn run(&self, job: DeleteObjectsJob, lease: &Lease) -> Result<(), JobError> {
        for key in &job.keys {
            self.objects.delete(key).await?;
        }
        let tx = self.storage.begin().await?;
        tx.outbox().complete(lease).await?;
        tx.commit().await?;
        Ok(())
    }
}
