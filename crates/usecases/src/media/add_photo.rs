//! A user has sent a photo and says what it shows. What was really sent is looked at before anything is believed.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, ErrorKind, Failure, GatewayError, IdSource, RepositoryError, Storage};
use hos_domain::media::{LARGEST_IMAGE, ObjectKey, ObjectStore, Photo, PhotoNote, PhotoState, Pose, Upload, Weight};

use super::{DeleteObjectsJob, ProcessPhotoJob};
use crate::platform::enqueue;

/// Adds photos.
pub struct AddPhoto {
    /// Where photos are kept.
    pub storage: Arc<dyn Storage>,
    /// Where their bytes are.
    pub objects: Arc<dyn ObjectStore>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What a user says of a photo.
#[derive(Debug, Clone)]
pub struct PhotoForm {
    /// The key of the upload.
    pub key: ObjectKey,
    /// The day it was taken.
    pub taken_on: chrono::NaiveDate,
    /// How the user stands.
    pub pose: Pose,
    /// What the user weighed.
    pub weight: Option<Weight>,
    /// What the user wants to remember.
    pub note: Option<PhotoNote>,
}

/// Why there is no new photo.
#[derive(Debug, thiserror::Error)]
pub enum AddPhotoError {
    /// The user has no such upload.
    #[error("there is no upload with this key")]
    UnknownUpload,
    /// The upload made a photo already.
    #[error("this upload was used already")]
    AlreadyUsed,
    /// Nothing was sent to the signed URL.
    #[error("nothing has been uploaded under this key yet")]
    NothingUploaded,
    /// What was sent is not what was promised; it was deleted.
    #[error("what was uploaded is too large or of another type")]
    NotAsPromised,
    /// The object store failed.
    #[error(transparent)]
    Store(#[from] GatewayError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for AddPhotoError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUpload => ErrorKind::NotFound,
            Self::AlreadyUsed => ErrorKind::Conflict,
            Self::NothingUploaded | Self::NotAsPromised => ErrorKind::Unprocessable,
            Self::Store(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        match self {
            Self::AlreadyUsed => Some("UPLOAD_USED"),
            Self::NothingUploaded => Some("NOTHING_UPLOADED"),
            Self::NotAsPromised => Some("UPLOAD_NOT_AS_PROMISED"),
            _ => None,
        }
    }
}

impl AddPhoto {
    /// Adds the photo and leaves encoding it anew to a job.
    ///
    /// # Errors
    /// [`AddPhotoError`]
    pub async fn run(&self, user: UserId, form: PhotoForm) -> Result<Photo, AddPhotoError> {
        let upload = self.upload(user, &form.key).await?;
        let facts = self.objects.head(&form.key).await?.ok_or(AddPhotoError::NothingUploaded)?;
        if facts.bytes > LARGEST_IMAGE || facts.content_type != upload.content_type.name() {
            self.discard(form.key).await?;
            return Err(AddPhotoError::NotAsPromised);
        }
        let now = self.clock.now();
        let photo = Photo {
            id: self.ids.id(),
            user,
            original: form.key,
            state: PhotoState::Processing,
            taken_on: form.taken_on,
            pose: form.pose,
            weight: form.weight,
            note: form.note,
            created_at: now,
        };
        let tx = self.storage.begin().await?;
        if !tx.uploads().take(&photo.original, now).await? {
            return Err(AddPhotoError::AlreadyUsed);
        }
        tx.photos().insert(&photo).await?;
        enqueue(&*tx, &*self.ids, &ProcessPhotoJob { photo: photo.id }, now).await?;
        tx.commit().await?;
        Ok(photo)
    }

    async fn upload(&self, user: UserId, key: &ObjectKey) -> Result<Upload, AddPhotoError> {
        let tx = self.storage.begin().await?;
        let upload = tx.uploads().find(user, key).await?.ok_or(AddPhotoError::UnknownUpload)?;
        if upload.used_at.is_some() { Err(AddPhotoError::AlreadyUsed) } else { Ok(upload) }
    }

    async fn discard(&self, key: ObjectKey) -> Result<(), AddPhotoError> {
        let (tx, now) = (self.storage.begin().await?, self.clock.now());
        tx.uploads().take(&key, now).await?;
        enqueue(&*tx, &*self.ids, &DeleteObjectsJob { keys: vec![key] }, now).await?;
        tx.commit().await?;
        Ok(())
    }
}
