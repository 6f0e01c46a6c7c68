//! Media's jobs.

use hos_domain::media::{ObjectKey, PhotoId};
use hos_domain::platform::Queue;
use serde::{Deserialize, Serialize};

use crate::platform::JobPayload;

/// Encodes a photo anew, without metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessPhotoJob {
    /// Which.
    pub photo: PhotoId,
}

impl JobPayload for ProcessPhotoJob {
    const NAME: &'static str = "media.process_photo";
    const QUEUE: Queue = Queue::Normal;
    const MAX_TRIES: u16 = 5;
}

/// Deletes objects that nothing refers to any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteObjectsJob {
    /// Which.
    pub keys: Vec<ObjectKey>,
}

impl JobPayload for DeleteObjectsJob {
    const NAME: &'static str = "media.delete_objects";
    const QUEUE: Queue = Queue::Cleanup;
    const MAX_TRIES: u16 = 10;
}
