//! The audit log: one chain, whoever writes, on both databases.

use hos_domain::platform::{AuditAction, AuditBreak, AuditEvent, AuditQueries, ChainCheck};
use hos_sql::Engine;
use hos_testing::{Stage, StageUser};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;

use crate::both_databases;

async fn check(stage: &Stage) -> Result<i64, AuditBreak> {
    let mut check = ChainCheck::default();
    for entry in stage.reader().entries_after(0, 1_000).await.unwrap() {
        check.follow(&entry)?;
    }
    Ok(check.head().seq)
}

#[apply(both_databases)]
async fn units_that_commit_at_once_write_one_chain_and_one_that_rolls_back_writes_nothing(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let (ada, bob) = (stage.user(StageUser::named("ada")).await.id, stage.user(StageUser::named("bob")).await.id);
    let writers: Vec<_> = (0..20)
        .map(|turn| {
            let (storage, now) = (stage.storage(), stage.clock().now());
            tokio::spawn(async move {
                let tx = storage.begin().await.unwrap();
                for user in [ada, bob] {
                    tx.audit().note(AuditEvent::own(AuditAction::LoggedIn, user, now).with("turn", turn.to_string()));
                }
                if turn % 4 == 3 { drop(tx) } else { tx.commit().await.unwrap() }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(check(&stage).await.unwrap(), 30);
    assert_eq!(stage.database.count("SELECT count(*) FROM subject_keys").await, 2);
}

#[apply(both_databases)]
async fn a_changed_line_and_a_dropped_one_are_found_and_a_destroyed_key_breaks_nothing(#[case] engine: Engine) {
    let stage = Stage::on(engine).await;
    let ada = stage.user(StageUser::named("ada")).await.id;
    for turn in 0..5 {
        let tx = stage.storage().begin().await.unwrap();
        let event = AuditEvent::own(AuditAction::LoggedIn, ada, stage.clock().now());
        tx.audit().note(event.with("turn", turn.to_string()));
        tx.commit().await.unwrap();
    }
    let raw = stage.database.raw().await;
    raw.execute_unprepared("DELETE FROM subject_keys").await.unwrap();
    assert_eq!(check(&stage).await.unwrap(), 5);
    let entries = stage.reader().entries_after(0, 10).await.unwrap();
    assert!(stage.reader().facts(&entries).await.unwrap().iter().all(Option::is_none), "what was personal is gone");
    raw.execute_unprepared("UPDATE audit_log SET action = 'login.failed' WHERE seq = 3").await.unwrap();
    assert_eq!(check(&stage).await, Err(AuditBreak::Changed { seq: 3 }));
    raw.execute_unprepared("DELETE FROM audit_log WHERE seq = 3").await.unwrap();
    assert_eq!(check(&stage).await, Err(AuditBreak::Gap { expected: 3, found: 4 }));
}
