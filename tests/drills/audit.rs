//! `hypertrophy-os audit`, beside a server that goes on.

use std::sync::Arc;

use hos_sql::Engine;
use hos_testing::TestDatabase;
use hos_tests::ServerBuilder;
use rstest::rstest;
use sea_orm::ConnectionTrait;
use tempfile::TempDir;

#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_line_that_was_changed_or_cut_off_is_found_by_who_kept_a_head(#[case] engine: Engine) {
    let (data, database) = (TempDir::new().unwrap(), Arc::new(TestDatabase::on(engine).await));
    let server = ServerBuilder::new(&data.path().join("data")).set("DATABASE_URL", &database.options.url);
    let running = server.start().await;
    for name in ["ada", "bob", "eve"] {
        running.register(name).await;
    }
    let (status, said) = server.run("audit verify");
    assert!(status.success() && said.contains("none changed or missing"), "{said}");
    let head = server.run("audit head").1.trim().to_owned();
    running.log_in("ada").await;
    let verify_against_head = format!("audit verify --head {head}");
    assert!(server.run(&verify_against_head).0.success());

    let raw = database.raw().await;
    let last: i64 = head.split(':').next().unwrap().parse().unwrap();
    raw.execute_unprepared(&format!("DELETE FROM audit_log WHERE seq >= {last}")).await.unwrap();
    let (status, said) = server.run("audit verify");
    assert!(status.success(), "by itself a log that was cut off is whole: {said}");
    let (status, said) = server.run(&verify_against_head);
    assert!(status.code() == Some(1) && said.contains(&format!("line {last} was written")), "{said}");
    raw.execute_unprepared("UPDATE audit_log SET actor = NULL WHERE seq = 2").await.unwrap();
    let (status, said) = server.run("audit verify");
    assert!(status.code() == Some(1) && said.contains("line 2"), "{said}");
    let (status, said) = server.run("audit verify --head 7:00:forged");
    assert!(status.code() == Some(1) && said.contains("not signed here"), "{said}");
}
