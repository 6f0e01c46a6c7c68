//! Media: photos and files that never pass through us twice. A user sends bytes straight to the object store with a
//! signed URL; what others may see is a copy that we have encoded anew, without metadata.

mod object_key;
mod photo;
mod ports;
mod upload;

pub use object_key::{FileName, ObjectKey};
pub use photo::{Photo, PhotoId, PhotoNote, PhotoState, Pose, Weight, WeightUnit};
pub use ports::{
    ImageCodec, NotAnImage, ObjectFacts, ObjectStore, PhotoQueries, PhotoRepository, SignedUpload, Unit,
    UploadRepository,
};
pub use upload::{ImageType, LARGEST_IMAGE, MOST_OPEN_UPLOADS, UPLOAD_LIFE, Upload, image_size};
