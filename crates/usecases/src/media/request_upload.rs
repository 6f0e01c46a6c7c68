//! A user asks to send a photo and gets a signed URL for exactly one.

use std::sync::Arc;

use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, ErrorKind, Failure, GatewayError, IdSource, RepositoryError, Storage, Timestamp};
use hos_domain::media::{FileName, ImageType, MOST_OPEN_UPLOADS, ObjectKey, ObjectStore, UPLOAD_LIFE, Upload};

/// Grants uploads.
pub struct RequestUpload {
    /// Where permissions are kept.
    pub storage: Arc<dyn Storage>,
    /// Signs.
    pub objects: Arc<dyn ObjectStore>,
    /// Secrets.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct UploadForm {
    /// What the user calls it.
    pub filename: FileName,
    /// What it is.
    pub content_type: ImageType,
    /// How large it is, if the client knows; then exactly so many bytes are taken.
    pub bytes: Option<u64>,
}

/// A permission to send one file.
#[derive(Debug, Clone)]
pub struct GrantedUpload {
    /// Where to PUT the bytes.
    pub url: String,
    /// Headers to send with them.
    pub headers: Vec<(String, String)>,
    /// The key to name afterwards.
    pub key: ObjectKey,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Why there is no permission.
#[derive(Debug, thiserror::Error)]
pub enum RequestUploadError {
    /// The user holds too many unused permissions.
    #[error("{MOST_OPEN_UPLOADS} uploads are open already; use them, or wait until they lapse")]
    TooManyOpen,
    /// The object store is not set up right.
    #[error(transparent)]
    Store(#[from] GatewayError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] RepositoryError),
}

impl Failure for RequestUploadError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::TooManyOpen => ErrorKind::Conflict,
            Self::Store(error) => error.kind(),
            Self::Storage(error) => error.kind(),
        }
    }

    fn code(&self) -> Option<&'static str> {
        matches!(self, Self::TooManyOpen).then_some("TOO_MANY_UPLOADS")
    }
}

impl RequestUpload {
    /// Grants an upload for a quarter of an hour.
    ///
    /// # Errors
    /// [`RequestUploadError`]
    pub async fn run(&self, user: UserId, form: UploadForm) -> Result<GrantedUpload, RequestUploadError> {
        let now = self.clock.now();
        let expires_at = now + UPLOAD_LIFE;
        let key = ObjectKey::new(user, self.ids.secret(), &form.filename);
        let signed = self.objects.sign_upload(&key, form.content_type, form.bytes, now, expires_at)?;
        let tx = self.storage.begin().await?;
        if tx.uploads().open_count(user, now).await? >= MOST_OPEN_UPLOADS {
            return Err(RequestUploadError::TooManyOpen);
        }
        let content_type = form.content_type;
        tx.uploads().insert(&Upload { key: key.clone(), user, content_type, expires_at, used_at: None }).await?;
        tx.commit().await?;
        Ok(GrantedUpload { url: signed.url, headers: signed.headers, key, expires_at })
    }
}
