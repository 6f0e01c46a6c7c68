//! The loop that keeps workers busy: claim what is due, run it, wait for a commit, a second, or the end.

use std::sync::Arc;
use std::time::Duration;

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

impl Worker {
    /// Works until `stop` turns true, then finishes what is under way. What takes longer than `patience` is left to its
    /// lease: another worker, or this one's next life, will repeat it.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>, patience: Duration) {
        let mut running: JoinSet<()> = JoinSet::new();
        while !*stop.borrow() {
            let full = self.fill(&mut running).await;
            tokio::select! {
                () = self.committed.notified(), if !full => {}
                () = tokio::time::sleep(POLL), if !full => {}
                Some(_) = running.join_next() => {}
                _ = stop.changed() => {}
            }
        }
        let finish = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, finish).await.is_err() {
            tracing::warn!(jobs = running.len(), "jobs still under way are left to their leases");
        }
    }

    /// Claims as many jobs as there are free places, and tells whether none is left.
    async fn fill(&self, running: &mut JoinSet<()>) -> bool {
        let busy = u32::try_from(running.len()).unwrap_or(u32::MAX);
        let free = self.concurrency.saturating_sub(busy);
        if free == 0 {
            return true;
        }
        let jobs = match self.run_job.claim(free).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "jobs can't be claimed");
                Vec::new()
            }
        };
        let full = jobs.len() >= free as usize;
        for job in jobs {
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
        }
        full
    }
}
