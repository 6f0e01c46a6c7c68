//! A photo is encoded anew: no metadata (where it was taken!) survives, and what is no image is refused.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, GatewayError, IdSource, Storage, Stored};
use hos_domain::media::{FileName, ImageCodec, ImageType, ObjectKey, ObjectStore, Photo, PhotoState};
use hos_domain::platform::Lease;

use super::{DeleteObjectsJob, ProcessPhotoJob};
use crate::platform::{JobError, Runner, enqueue};

/// Encodes photos anew.
pub struct ProcessPhoto {
    /// Where photos are kept.
    pub storage: Arc<dyn Storage>,
    /// Where their bytes are.
    pub objects: Arc<dyn ObjectStore>,
    /// Reads and writes images.
    pub codec: Arc<dyn ImageCodec>,
    /// Secrets for new keys.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Runner for ProcessPhoto {
    type Payload = ProcessPhotoJob;

    async fn run(&self, job: ProcessPhotoJob, lease: &Lease) -> Result<(), JobError> {
        let photo = self.storage.begin().await?.photos().find(job.photo).await?;
        let waiting = photo.filter(|photo| photo.state == PhotoState::Processing);
        let state = match &waiting {
            Some(photo) => Some(self.copy(photo).await?),
            None => None,
        };
        self.finish(waiting.zip(state), lease).await?;
        Ok(())
    }
}

impl ProcessPhoto {
    /// Writes the copy and says where it lies; or that there is nothing to copy.
    async fn copy(&self, photo: &Photo) -> Result<PhotoState, JobError> {
        let promised = self.objects.head(&photo.original).await?;
        let Some(promised) = promised.and_then(|facts| ImageType::parse(&facts.content_type).ok()) else {
            return Ok(PhotoState::Refused);
        };
        let bytes = match self.objects.read(&photo.original).await {
            Ok(bytes) => bytes,
            Err(GatewayError::NotFound) => return Ok(PhotoState::Refused),
            Err(error) => return Err(error.into()),
        };
        let Ok(encoded) = self.codec.encode_anew(bytes, promised).await else { return Ok(PhotoState::Refused) };
        let name = FileName::parse(&promised.copy_name()).map_err(|invalid| JobError::Fail(invalid.to_string()))?;
        let key = ObjectKey::new(photo.user, self.ids.secret(), &name);
        let size = encoded.len() as u64;
        self.objects.write(&key, promised, encoded).await?;
        Ok(PhotoState::Ready { key, bytes: size })
    }

    /// Notes the outcome and leaves the original to be deleted. A photo that was deleted meanwhile takes its copy along.
    async fn finish(&self, outcome: Option<(Photo, PhotoState)>, lease: &Lease) -> Stored<()> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        if let Some((photo, state)) = outcome {
            let mut obsolete = vec![photo.original.clone()];
            match tx.photos().find(photo.id).await? {
                Some(photo) => tx.photos().save(&Photo { state, ..photo }).await?,
                None => {
                    if let PhotoState::Ready { key, .. } = state {
                        obsolete.push(key);
                    }
                }
            }
            enqueue(&*tx, &*self.ids, &DeleteObjectsJob { keys: obsolete }, now).await?;
        }
        tx.outbox().complete(lease).await?;
        tx.commit().await
    }
}
