//! Permissions that ended go, and what was sent with them and never became a photo.

use std::time::Duration;

use hos_domain::kernel::{IdSource, Stored, Timestamp};
use hos_domain::media::Unit;

use super::DeleteObjectsJob;
use crate::platform::enqueue;

/// Whoever was slow may still say what the photo shows.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// A unit of work is not to hold others up.
const AT_ONCE: u64 = 500;

/// Forgets some of what ended, and tells whether there may be more. An inner verb: it works in the caller's unit.
///
/// # Errors
/// Whatever the storage says.
pub async fn forget_uploads(tx: &dyn Unit, ids: &dyn IdSource, now: Timestamp) -> Stored<bool> {
    let ended = tx.uploads().forget_ended(now - KEPT_FOR, AT_ONCE).await?;
    let more = ended.len() as u64 == AT_ONCE;
    let unused = ended.into_iter().filter(|upload| upload.used_at.is_none());
    let keys: Vec<_> = unused.map(|upload| upload.key).collect();
    if !keys.is_empty() {
        enqueue(tx, ids, &DeleteObjectsJob { keys }, now).await?;
    }
    Ok(more)
}
