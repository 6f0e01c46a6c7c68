//! What media needs from the outside: a place for objects, a codec, and places for uploads and photos.

use async_trait::async_trait;

use super::{ImageType, ObjectKey, Photo, PhotoId, Upload};
use crate::identity::UserId;
use crate::kernel::{GatewayError, Page, PageRequest, Stored, Timestamp};
use crate::platform::Effects;

/// Media's unit.
pub trait Unit: Effects {
    /// Permissions to send files.
    fn uploads(&self) -> &dyn UploadRepository;

    /// Progress photos.
    fn photos(&self) -> &dyn PhotoRepository;
}

/// Permissions to send files, inside a unit of work.
#[async_trait]
pub trait UploadRepository: Send + Sync {
    /// How many unused permissions a user holds that have not ended.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn open_count(&self, user: UserId, now: Timestamp) -> Stored<u64>;

    /// Adds a permission.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, upload: &Upload) -> Stored<()>;

    /// A user's permission for this key, used or not.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, user: UserId, key: &ObjectKey) -> Stored<Option<Upload>>;

    /// Uses a permission. Tells whether it was unused.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn take(&self, key: &ObjectKey, now: Timestamp) -> Stored<bool>;

    /// Removes up to `most` permissions that ended before an instant, and gives them back.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn forget_ended(&self, before: Timestamp, most: u64) -> Stored<Vec<Upload>>;
}

/// Progress photos inside a unit of work.
#[async_trait]
pub trait PhotoRepository: Send + Sync {
    /// Adds a photo.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn insert(&self, photo: &Photo) -> Stored<()>;

    /// The photo with this id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, id: PhotoId) -> Stored<Option<Photo>>;

    /// Writes a changed photo back.
    ///
    /// # Errors
    /// `Stale` when it is gone.
    async fn save(&self, photo: &Photo) -> Stored<()>;

    /// Removes a user's photo and gives it back, if there was one.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn remove(&self, user: UserId, id: PhotoId) -> Stored<Option<Photo>>;
}

/// Reading photos, beside any writer.
#[async_trait]
pub trait PhotoQueries: Send + Sync {
    /// One photo of the user.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find(&self, user: UserId, id: PhotoId) -> Stored<Option<Photo>>;

    /// The user's photos, the newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn list(&self, user: UserId, page: PageRequest) -> Stored<Page<Photo>>;
}

/// A URL that takes one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedUpload {
    /// Where to PUT the bytes.
    pub url: String,
    /// Headers that must be sent with them, exactly so: the signature covers them.
    pub headers: Vec<(String, String)>,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectFacts {
    /// Its size.
    pub bytes: u64,
    /// The media type it was sent with.
    pub content_type: String,
}

/// A place for objects.
#[async_trait]
pub trait ObjectStore: Send + Sync {
    /// Signs a URL that takes one file of this type, once, until `expires_at`. An object that is there already is not
    /// overwritten. Makes no call.
    ///
    /// # Errors
    /// `InvalidRequest` when the store is not set up right.
    fn sign_upload(
        &self,
        key: &ObjectKey,
        content_type: ImageType,
        bytes: Option<u64>,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<SignedUpload, GatewayError>;

    /// Signs a URL that shows an object until `expires_at`. Makes no call.
    ///
    /// # Errors
    /// `InvalidRequest` when the store is not set up right.
    fn sign_read(&self, key: &ObjectKey, now: Timestamp, expires_at: Timestamp) -> Result<String, GatewayError>;

    /// What is known of an object; `None` when there is none.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn head(&self, key: &ObjectKey) -> Result<Option<ObjectFacts>, GatewayError>;

    /// Reads an object whole.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    async fn read(&self, key: &ObjectKey) -> Result<Vec<u8>, GatewayError>;

    /// Writes an object whole, in place of any other.
    ///
    /// # Errors
    /// [`GatewayError`]; then nothing was written.
    async fn write(&self, key: &ObjectKey, content_type: ImageType, bytes: Vec<u8>) -> Result<(), GatewayError>;

    /// Deletes an object. One that is not there is no error.
    ///
    /// # Errors
    /// [`GatewayError`]
    async fn delete(&self, key: &ObjectKey) -> Result<(), GatewayError>;
}

/// The bytes are no image that we can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no image of the promised type")]
pub struct NotAnImage;

/// Reads and writes images. Slow on purpose and in memory, so it runs where it stops nobody.
#[async_trait]
pub trait ImageCodec: Send + Sync {
    /// Decodes an image, turns it the way its metadata says, and encodes it anew without any metadata.
    ///
    /// # Errors
    /// [`NotAnImage`] when it can't be read, is of another type, or would be too large in memory.
    async fn encode_anew(&self, bytes: Vec<u8>, content_type: ImageType) -> Result<Vec<u8>, NotAnImage>;
}
