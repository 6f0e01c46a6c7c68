//! What has lapsed goes: answers kept for idempotency keys, codes, API keys, devices that asked, and permissions to send a
//! file, with the files that were sent and never used. Once an hour, by whichever worker claims the job.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, IdSource, Storage, Stored};
use hos_domain::platform::{AuditHeads, AuditQueries, Lease, Queue};
use serde::{Deserialize, Serialize};

use super::job::{JobError, JobPayload, Runner, enqueue};
use crate::media::forget_uploads;

const EVERY: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Removes what has lapsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TidyUpJob {}

impl JobPayload for TidyUpJob {
    const NAME: &'static str = "platform.tidy_up";
    const QUEUE: Queue = Queue::Cleanup;
    const MAX_TRIES: u16 = 100;

    /// One is enough for everybody.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Removes what has lapsed, for ever.
#[derive(Clone)]
pub struct TidyUp {
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// How far the audit log goes.
    pub audit_log: Arc<dyn AuditQueries>,
    /// Writes that down.
    pub audit_heads: Arc<dyn AuditHeads>,
    /// Ids.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl TidyUp {
    /// Sees to it that there is such a job.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn begin(&self) -> Stored<()> {
        let tx = self.storage.begin().await?;
        enqueue(&*tx, &*self.ids, &TidyUpJob {}, self.clock.now()).await?;
        tx.commit().await
    }
}

#[async_trait]
impl Runner for TidyUp {
    type Payload = TidyUpJob;

    async fn run(&self, job: TidyUpJob, lease: &Lease) -> Result<(), JobError> {
        let now = self.clock.now();
        // Logs are kept elsewhere: who changes the audit log later, or cuts it off, is contradicted by them.
        let head = self.audit_log.head().await?;
        tracing::info!(target: "audit", head = self.audit_heads.write(head), "audit log");
        let tx = self.storage.begin().await?;
        let answers = tx.answers().forget_lapsed(now).await?;
        // Wrong tries are counted over a day.
        let codes = tx.codes().forget_issued_before(now - 2 * DAY).await?;
        tx.login_failures().forget_last_before(now - 2 * DAY).await?;
        tx.ceremonies().forget_lapsed(now).await?;
        tx.foreign_links().forget_nonces(now).await?;
        tx.api_keys().forget_expired_before(now).await?;
        // A device that asks late is told that it was too late.
        tx.device_grants().forget_expired_before(now - EVERY).await?;
        // They hold addresses of people who may never have heard of us.
        tx.invitations().forget_expired_before(now - 30 * DAY).await?;
        let more = forget_uploads(&*tx, &*self.ids, now).await?;
        tx.outbox().complete(lease).await?;
        enqueue(&*tx, &*self.ids, &job, if more { now } else { now + EVERY }).await?;
        tx.commit().await?;
        tracing::debug!(answers, codes, more, "tidied up");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::media::{FileName, ImageType, ObjectKey, UPLOAD_LIFE, Upload};
    use hos_domain::platform::{AnswerKey, ClaimedJob, Fingerprint};
    use hos_testing::{Stage, StageUser};

    use super::*;
    use crate::media::DeleteObjectsJob;

    async fn claim(stage: &Stage) -> Vec<ClaimedJob> {
        let lease = Duration::from_secs(60);
        stage.jobs().claim(stage.ids().uuid(), 10, lease, stage.clock().now()).await.unwrap()
    }

    #[tokio::test]
    async fn what_has_lapsed_goes_and_the_next_hour_is_seen_to() {
        let stage = Stage::new().await;
        let user = stage.user(StageUser::named("ada")).await.id;
        let tidy_up = TidyUp {
            storage: stage.storage(),
            audit_log: stage.audit_log(),
            audit_heads: stage.audit_heads(),
            ids: stage.ids(),
            clock: stage.clock(),
        };
        let key = |index: u8| ObjectKey::new(user, [index; 32], &FileName::parse("a.jpg").unwrap());
        let answer = AnswerKey {
            principal: user.to_string(),
            route: "POST /x".into(),
            key: "k".into(),
            fingerprint: Fingerprint::of(b"x"),
        };
        let now = stage.clock().now();
        let tx = stage.storage().begin().await.unwrap();
        tx.answers().keep(&answer, b"output", now, now + EVERY).await.unwrap();
        for (index, used_at) in [(1, None), (2, Some(now))] {
            let upload =
                Upload { key: key(index), user, content_type: ImageType::Jpeg, expires_at: now + UPLOAD_LIFE, used_at };
            tx.uploads().insert(&upload).await.unwrap();
        }
        tx.commit().await.unwrap();
        tidy_up.begin().await.unwrap();
        tidy_up.begin().await.unwrap();
        assert_eq!(claim(&stage).await.len(), 1, "one job is enough");

        stage.wait(2 * 24 * EVERY);
        let jobs = claim(&stage).await;
        tidy_up.run(TidyUpJob {}, &jobs[0].lease).await.unwrap();
        let tx = stage.storage().begin().await.unwrap();
        assert_eq!(tx.answers().forget_lapsed(stage.clock().now()).await.unwrap(), 0);
        assert!(tx.uploads().find(user, &key(1)).await.unwrap().is_none());
        drop(tx);
        // What was sent and never used is deleted; what became a photo belongs to the photo.
        let jobs = claim(&stage).await;
        assert_eq!(jobs.len(), 1);
        let deletion: DeleteObjectsJob = serde_json::from_value(jobs[0].payload.clone()).unwrap();
        assert_eq!(deletion.keys, [key(1)]);
        stage.wait(EVERY);
        assert!(claim(&stage).await.iter().any(|job| job.name == TidyUpJob::NAME));
    }
}
