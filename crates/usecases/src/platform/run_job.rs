//! A worker claims jobs and carries them out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, IdSource, Stored};
use hos_domain::platform::{ClaimedJob, JobQueue};

use super::job::{JobError, JobPayload, Runner};

/// The wait of a job that met another one in its way.
const AT_ONCE: Duration = Duration::from_millis(50);
/// No job waits longer than this for its next try.
const LONGEST_BACKOFF: Duration = Duration::from_secs(60 * 60);

/// Which runner carries out which kind of job.
#[derive(Default)]
pub struct Runners(HashMap<&'static str, Entry>);

struct Entry {
    runner: Box<dyn AnyRunner>,
    first_backoff: Duration,
}

impl Runners {
    /// Adds the runner of one kind of job.
    #[must_use]
    pub fn with<R: Runner>(mut self, runner: R) -> Self {
        let entry = Entry { runner: Box::new(Erased(runner)), first_backoff: R::Payload::FIRST_BACKOFF };
        self.0.insert(R::Payload::NAME, entry);
        self
    }
}

/// A runner whose kind of job was forgotten, so that all fit in one table.
#[async_trait]
trait AnyRunner: Send + Sync {
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError>;
}

struct Erased<R>(R);

#[async_trait]
impl<R: Runner> AnyRunner for Erased<R> {
    async fn run(&self, job: &ClaimedJob) -> Result<(), JobError> {
        let payload = serde_json::from_value(job.payload.clone());
        let payload = payload.map_err(|error| JobError::Fail(format!("the payload can't be read: {error}")))?;
        self.0.run(payload, &job.lease).await
    }
}

/// Claims and runs jobs.
pub struct RunJob {
    /// Where jobs wait.
    pub queue: Arc<dyn JobQueue>,
    /// Who carries them out.
    pub runners: Runners,
    /// A job not finished within this time is given to another worker.
    pub lease: Duration,
    /// Lease tokens and jitter.
    pub ids: Arc<dyn IdSource>,
    /// Real time.
    pub clock: Arc<dyn Clock>,
}

impl RunJob {
    /// Takes up to `most` due jobs.
    ///
    /// # Errors
    /// Whatever the storage says.
    pub async fn claim(&self, most: u32) -> Stored<Vec<ClaimedJob>> {
        self.queue.claim(self.ids.uuid(), most, self.lease, self.clock.now()).await
    }

    /// Carries a claimed job out, and gives it back or buries it when that fails.
    ///
    /// # Errors
    /// When the storage fails so that not even the failure could be written; the lease runs out and the job is tried again.
    pub async fn run(&self, job: ClaimedJob) -> Stored<()> {
        let Some(entry) = self.runners.0.get(job.name.as_str()) else {
            return self.queue.bury(&job.lease, self.clock.now(), "no runner of this version knows this job").await;
        };
        // A job that died with its worker counts its tries too, or one that kills workers would do so for ever.
        let outcome = if job.attempt > job.max_tries {
            Err(JobError::Fail("every try ended without a word; it may be killing its worker".to_owned()))
        } else {
            entry.runner.run(&job).await
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(JobError::Again(reason)) if !job.is_last_try() => self.retry(&job, AT_ONCE, &reason).await,
            Err(JobError::Retry(reason)) if !job.is_last_try() => self.retry(&job, entry.first_backoff, &reason).await,
            Err(JobError::Again(reason) | JobError::Retry(reason) | JobError::Fail(reason)) => {
                tracing::error!(job = job.name, id = %job.lease.job, attempt = job.attempt, reason, "a job is dead");
                self.queue.bury(&job.lease, self.clock.now(), &reason).await
            }
        }
    }

    async fn retry(&self, job: &ClaimedJob, first_backoff: Duration, reason: &str) -> Stored<()> {
        let wait = self.backoff(first_backoff, job.attempt);
        let (id, attempt) = (job.lease.job, job.attempt);
        tracing::warn!(job = job.name, %id, attempt, ?wait, reason, "a job failed and will be tried again");
        self.queue.retry(&job.lease, self.clock.now() + wait, reason).await
    }

    /// Doubles with each attempt; up to a quarter of jitter keeps jobs that failed together from returning together.
    fn backoff(&self, first: Duration, attempt: u16) -> Duration {
        let doubled = first.saturating_mul(2_u32.saturating_pow(u32::from(attempt.saturating_sub(1))));
        let bounded = doubled.min(LONGEST_BACKOFF);
        let [byte, ..] = self.ids.secret();
        bounded + bounded.mul_f64(f64::from(byte) / 255.0 / 4.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use hos_domain::kernel::Storage;
    use hos_domain::platform::{Lease, Queue};
    use hos_testing::Stage;
    use serde::{Deserialize, Serialize};

    use super::super::job::enqueue;
    use super::*;

    const LEASE: Duration = Duration::from_secs(60);

    #[derive(Serialize, Deserialize)]
    struct Greet {
        key: Option<String>,
    }

    impl JobPayload for Greet {
        const NAME: &'static str = "test.greet";
        const QUEUE: Queue = Queue::Normal;

        fn dedupe_key(&self) -> Option<String> {
            self.key.clone()
        }
    }

    struct Greeter {
        storage: Arc<dyn Storage>,
        greeted: Arc<AtomicU32>,
        fails: Option<fn() -> JobError>,
    }

    #[async_trait]
    impl Runner for Greeter {
        type Payload = Greet;

        async fn run(&self, _: Greet, lease: &Lease) -> Result<(), JobError> {
            if let Some(error) = self.fails {
                return Err(error());
            }
            let tx = self.storage.begin().await?;
            tx.outbox().complete(lease).await?;
            tx.commit().await?;
            self.greeted.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }

    struct Scene {
        stage: Stage,
        greeted: Arc<AtomicU32>,
        worker: RunJob,
    }

    async fn scene(fails: Option<fn() -> JobError>) -> Scene {
        let stage = Stage::new().await;
        let greeted = Arc::new(AtomicU32::new(0));
        let greeter = Greeter { storage: stage.storage(), greeted: greeted.clone(), fails };
        let runners = Runners::default().with(greeter);
        let worker = RunJob { queue: stage.jobs(), runners, lease: LEASE, ids: stage.ids(), clock: stage.clock() };
        Scene { stage, greeted, worker }
    }

    impl Scene {
        async fn enqueue(&self, key: Option<&str>) {
            let tx = self.stage.storage().begin().await.unwrap();
            let greet = Greet { key: key.map(str::to_owned) };
            enqueue(&*tx, &*self.stage.ids(), &greet, self.stage.clock().now()).await.unwrap();
            tx.commit().await.unwrap();
        }

        async fn work(&self) -> usize {
            let jobs = self.worker.claim(10).await.unwrap();
            let claimed = jobs.len();
            for job in jobs {
                self.worker.run(job).await.unwrap();
            }
            claimed
        }
    }

    #[tokio::test]
    async fn a_committed_job_is_run_once() {
        let scene = scene(None).await;
        scene.enqueue(None).await;
        assert_eq!((scene.work().await, scene.work().await), (1, 0));
        assert_eq!(scene.greeted.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_job_of_an_undone_unit_never_existed() {
        let scene = scene(None).await;
        let tx = scene.stage.storage().begin().await.unwrap();
        enqueue(&*tx, &*scene.stage.ids(), &Greet { key: None }, scene.stage.clock().now()).await.unwrap();
        drop(tx);
        assert_eq!(scene.work().await, 0);
    }

    #[tokio::test]
    async fn a_waiting_key_is_not_added_twice_and_a_finished_one_is() {
        let scene = scene(None).await;
        scene.enqueue(Some("a")).await;
        scene.enqueue(Some("a")).await;
        assert_eq!(scene.work().await, 1);
        scene.enqueue(Some("a")).await;
        assert_eq!(scene.work().await, 1);
    }

    #[tokio::test]
    async fn a_failing_job_waits_longer_each_time_and_then_is_dead() {
        let scene = scene(Some(|| JobError::Retry("away".into()))).await;
        scene.enqueue(None).await;
        for minutes in [2, 4] {
            assert_eq!(scene.work().await, 1);
            assert_eq!(scene.work().await, 0, "it waits");
            scene.stage.wait(Duration::from_secs(minutes * 60));
        }
        assert_eq!(scene.work().await, 1);
        scene.stage.wait(Duration::from_secs(24 * 60 * 60));
        assert_eq!(scene.work().await, 0, "it is dead");
    }

    #[tokio::test]
    async fn what_trying_again_cannot_help_is_dead_at_once() {
        let scene = scene(Some(|| JobError::Fail("nonsense".into()))).await;
        scene.enqueue(None).await;
        assert_eq!(scene.work().await, 1);
        scene.stage.wait(Duration::from_secs(24 * 60 * 60));
        assert_eq!(scene.work().await, 0);
    }

    #[tokio::test]
    async fn a_job_whose_worker_died_is_given_to_another_and_the_dead_ones_lease_is_worthless() {
        let scene = scene(None).await;
        scene.enqueue(None).await;
        let lost = scene.worker.claim(10).await.unwrap();
        assert_eq!(scene.work().await, 0, "it is leased");
        scene.stage.wait(LEASE);
        assert_eq!(scene.work().await, 1);
        for job in lost {
            scene.worker.run(job).await.unwrap();
        }
        assert_eq!(scene.greeted.load(Ordering::Relaxed), 1, "the first worker came too late");
    }

    #[tokio::test]
    async fn a_job_that_kills_its_workers_is_buried_in_the_end() {
        let scene = scene(None).await;
        scene.enqueue(None).await;
        for _ in 0..Greet::MAX_TRIES {
            assert_eq!(scene.worker.claim(10).await.unwrap().len(), 1);
            scene.stage.wait(LEASE);
        }
        assert_eq!(scene.work().await, 1);
        assert_eq!(scene.greeted.load(Ordering::Relaxed), 0);
        scene.stage.wait(LEASE);
        assert_eq!(scene.work().await, 0);
    }
}
