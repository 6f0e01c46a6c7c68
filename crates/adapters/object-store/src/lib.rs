//! A place for objects: files on disk behind signed URLs of our own (the default), or an R2 or S3 bucket behind presigned
//! ones. Bytes of a bucket never pass through us on their way in.

mod bucket;
mod disk;
mod signature;

pub use bucket::{BucketConfig, BucketStore};
pub use disk::{DiskStore, Refused};
