//! Media's verbs.

mod add_photo;
mod delete_photo;
mod forget_uploads;
mod jobs;
mod process_photo;
mod request_upload;

pub use add_photo::{AddPhoto, AddPhotoError, PhotoForm};
pub use delete_photo::{DeleteObjects, DeletePhoto, DeletePhotoError};
pub use forget_uploads::forget_uploads;
pub use jobs::{DeleteObjectsJob, ProcessPhotoJob};
pub use process_photo::ProcessPhoto;
pub use request_upload::{GrantedUpload, RequestUpload, RequestUploadError, UploadForm};
