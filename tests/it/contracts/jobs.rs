//! [`JobQueue`] and [`Outbox`]: jobs come in order, to one worker each, and back when a worker dies.

use std::collections::BTreeSet;
use std::time::Duration;

use hos_domain::kernel::{Id, RepositoryError};
use hos_domain::platform::{ClaimedJob, Lease, NewJob, Queue};
use hos_sql::Engine;
use hos_testing::Stage;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const LEASE: Duration = Duration::from_secs(60);

/// Adds jobs: their name, their queue, and how many seconds from now they are due.
async fn enqueue(stage: &Stage, jobs: &[(&'static str, Queue, u64)], dedupe_key: Option<&str>) {
    let (tx, now) = (stage.storage().begin().await.unwrap(), stage.clock().now());
    for (name, queue, seconds) in jobs {
        let job = NewJob {
            id: Id::new(stage.ids().uuid()),
            name,
            queue: *queue,
            payload: json!({ "seconds": seconds }),
            run_at: now + Duration::from_secs(*seconds),
            max_tries: 3,
            dedupe_key: dedupe_key.map(ToOwned::to_owned),
        };
        tx.outbox().enqueue(job).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn claim(stage: &Stage, most: u32) -> Vec<ClaimedJob> {
    stage.jobs().claim(stage.ids().uuid(), most, LEASE, stage.clock().now()).await.unwrap()
}

async fn complete(stage: &Stage, lease: &Lease) -> Result<(), RepositoryError> {
    let tx = stage.storage().begin().await.unwrap();
    tx.outbox().complete(lease).await?;
    tx.commit().await
}

#[apply(both_databases)]
async fn due_jobs_come_queue_by_queue_and_the_others_wait(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let jobs = [("later", Queue::Webhooks, 90), ("mail", Queue::Notifications, 0), ("event", Queue::Webhooks, 0)];
    enqueue(&stage, &jobs, None).await;
    enqueue(&stage, &[("sweep", Queue::Cleanup, 0)], None).await;
    let names = |jobs: &[ClaimedJob]| jobs.iter().map(|job| job.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&claim(&stage, 2).await), ["event", "mail"]);
    assert_eq!(names(&claim(&stage, 9).await), ["sweep"]);
    stage.wait(Duration::from_secs(50));
    assert!(claim(&stage, 9).await.is_empty());
}

/// Whoever was too slow can neither complete the job nor give it back.
#[apply(both_databases)]
async fn a_lease_that_ran_out_is_somebody_elses(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    enqueue(&stage, &[("job", Queue::Normal, 0)], None).await;
    let slow = claim(&stage, 1).await.remove(0);
    assert!(claim(&stage, 1).await.is_empty());
    stage.wait(LEASE);
    let quick = claim(&stage, 1).await.remove(0);
    assert_eq!((slow.attempt, quick.attempt), (1, 2));
    assert!(matches!(complete(&stage, &slow.lease).await, Err(RepositoryError::Stale)));
    stage.jobs().retry(&slow.lease, stage.clock().now(), "slow").await.unwrap();
    stage.jobs().bury(&slow.lease, stage.clock().now(), "slow").await.unwrap();
    assert!(claim(&stage, 1).await.is_empty(), "the quick one still has it");
    complete(&stage, &quick.lease).await.unwrap();
    assert_eq!(stage.database.settled().await, 0);
}

#[apply(both_databases)]
async fn a_job_whose_key_waits_already_is_not_added_and_may_come_again_after_it(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    for _ in 0..3 {
        enqueue(&stage, &[("once", Queue::Normal, 0)], Some("key")).await;
    }
    enqueue(&stage, &[("once", Queue::Normal, 0)], Some("another key")).await;
    let jobs = claim(&stage, 9).await;
    assert_eq!(jobs.len(), 2);
    for job in &jobs {
        complete(&stage, &job.lease).await.unwrap();
    }
    enqueue(&stage, &[("once", Queue::Normal, 0)], Some("key")).await;
    assert_eq!(claim(&stage, 9).await.len(), 1);
}

#[apply(both_databases)]
async fn many_workers_at_once_never_get_the_same_job(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    enqueue(&stage, &[("job", Queue::Normal, 0); 60], None).await;
    let worker = async || {
        let mut mine = Vec::new();
        loop {
            let jobs = claim(&stage, 3).await;
            if jobs.is_empty() {
                return mine;
            }
            mine.extend(jobs.into_iter().map(|job| job.lease.job));
        }
    };
    let workers = futures_util::future::join_all((0..4).map(|_| worker())).await;
    let all: Vec<_> = workers.into_iter().flatten().collect();
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!((all.len(), different.len()), (60, 60));
}

#[apply(both_databases)]
async fn a_buried_job_waits_for_a_person_with_its_reason(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    enqueue(&stage, &[("job", Queue::Normal, 0)], None).await;
    let job = claim(&stage, 1).await.remove(0);
    assert_eq!(job.payload, json!({ "seconds": 0 }));
    stage.jobs().bury(&job.lease, stage.clock().now(), "no such thing").await.unwrap();
    assert_eq!(stage.database.settled().await, 1);
    assert_eq!(stage.database.count("SELECT count(*) FROM dead_jobs WHERE error = 'no such thing'").await, 1);
    assert_ne!(job.payload, Value::Null);
}

/// What is not committed was never asked for.
#[apply(both_databases)]
async fn a_unit_that_is_dropped_leaves_nothing_behind(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let tx = stage.storage().begin().await.unwrap();
    let now = stage.clock().now();
    let (id, name, queue) = (Id::new(stage.ids().uuid()), "job", Queue::Normal);
    tx.outbox()
        .enqueue(NewJob { id, name, queue, payload: Value::Null, run_at: now, max_tries: 3, dedupe_key: None })
        .await
        .unwrap();
    drop(tx);
    assert!(claim(&stage, 1).await.is_empty());
}
