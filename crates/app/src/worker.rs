//! The loop that keeps workers busy: claim what is due, run it, wait for a commit, a second, or the end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hos_domain::platform::ClaimedJob;
use hos_usecases::platform::RunJob;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Other nodes' jobs, and those whose time has come, are seen this often.
const POLL: Duration = Duration::from_secs(1);

/// Runs jobs until it is told to stop.
pub(crate) struct Worker {
    pub(crate) run_job: Arc<RunJob>,
    /// Rings when a commit of this process left jobs behind.
    pub(crate) committed: Arc<Notify>,
    /// How many jobs run at once.
    pub(crate) concurrency: u32,
}

/// Jobs that are claimed and wait for a free place. A claim costs as much as a small job, so several are claimed at once.
struct Waiting {
    jobs: VecDeque<ClaimedJob>,
    claimed_at: Instant,
}

impl Worker {
    /// Works until `stop` turns true, then finishes what is under way. What takes longer than `patience` is left to its
    /// lease: another worker, or this one's next life, will repeat it.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>, patience: Duration) {
        let mut running: JoinSet<()> = JoinSet::new();
        let mut waiting = Waiting { jobs: VecDeque::new(), claimed_at: Instant::now() };
        while !*stop.borrow() {
            let full = self.fill(&mut running, &mut waiting).await;
            tokio::select! {
                () = self.committed.notified(), if !full => {}
                () = tokio::time::sleep(POLL), if !full => {}
                Some(_) = running.join_next() => {}
                _ = stop.changed() => {}
            }
        }
        // What is claimed is due, and nobody else can have it before its lease ends.
        while self.start_next(&mut running, &mut waiting) {}
        let finish = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, finish).await.is_err() {
            tracing::warn!(jobs = running.len(), "jobs still under way are left to their leases");
        }
    }

    /// Starts jobs until every place is taken, and tells whether it came to that.
    async fn fill(&self, running: &mut JoinSet<()>, waiting: &mut Waiting) -> bool {
        while running.len() < self.concurrency as usize {
            if self.start_next(running, waiting) {
                continue;
            }
            match self.run_job.claim(self.concurrency).await {
                Ok(jobs) if jobs.is_empty() => return false,
                Ok(jobs) => *waiting = Waiting { jobs: jobs.into(), claimed_at: Instant::now() },
                Err(error) => {
                    tracing::warn!(%error, "jobs can't be claimed");
                    return false;
                }
            }
        }
        true
    }

    /// Starts the job that waits first, if one does.
    fn start_next(&self, running: &mut JoinSet<()>, waiting: &mut Waiting) -> bool {
        // Behind slow ones a lease may be about to end; then another worker may have the job.
        if waiting.claimed_at.elapsed() > self.run_job.lease / 2 {
            waiting.jobs.clear();
        }
        let Some(job) = waiting.jobs.pop_front() else { return false };
        let run_job = Arc::clone(&self.run_job);
        running.spawn(async move {
            let name = job.name.clone();
            let outcome = run_job.run(job).await;
            let word = if outcome.is_ok() { "handled" } else { "lost" };
            metrics::counter!("jobs_total", "name" => name.clone(), "outcome" => word).increment(1);
            if let Err(error) = outcome {
                tracing::error!(job = name, %error, "a job's outcome could not be written; its lease will run out");
            }
        });
        true
    }
}
