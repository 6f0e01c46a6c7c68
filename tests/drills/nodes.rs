//! Two nodes on one PostgreSQL database, and two that want one SQLite file.

use std::collections::BTreeMap;

use hos_sql::Engine;
use hos_testing::TestDatabase;
use hos_tests::{STRIPE_SECRET, ServerBuilder, StripeCustomer};
use tempfile::TempDir;

/// Every event goes to both nodes at once; both run jobs.
#[tokio::test]
async fn two_nodes_share_the_work_and_do_each_thing_once() {
    let (data, database) = (TempDir::new().unwrap(), TestDatabase::on(Engine::Postgres).await);
    let node = |name: &str| {
        ServerBuilder::new(&data.path().join(name))
            .set("DATABASE_URL", &database.options.url)
            .set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET)
            .set("JWT_SECRET", "one secret for both nodes, long enough")
            .set("DATA_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
            .set("PUBLIC_URL", "http://localhost")
    };
    let (one, two) = (node("one").start().await, node("two").start().await);
    let mut members = Vec::new();
    for index in 0..12 {
        members.push(one.register(&format!("member{index}")).await);
    }
    let events: Vec<_> = members.iter().flat_map(|member| StripeCustomer::of(member).buy_premium()).collect();
    for event in &events {
        let (a, b) = tokio::join!(one.stripe_sends(&event.body), two.stripe_sends(&event.body));
        a.expect(200);
        b.expect(200);
    }
    for member in &members {
        // What one node has signed, the other believes.
        two.until_access(member).await;
    }
    assert_eq!(database.settled().await, 0);
    let outboxes = [one.outbox_beyond_codes().await, two.outbox_beyond_codes().await];
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for mail in outboxes.iter().flatten() {
        *mails.entry(format!("{} {}", mail["to"], mail["title"])).or_default() += 1;
    }
    assert_eq!(mails.len(), 24);
    assert!(mails.values().all(|times| *times == 1), "{mails:#?}");
    assert!(outboxes.iter().all(|outbox| !outbox.is_empty()), "one of them did nothing");
}

#[tokio::test]
async fn a_second_server_on_a_sqlite_file_refuses_and_names_the_first() {
    let data = TempDir::new().unwrap();
    let folder = data.path().join("data");
    let first = ServerBuilder::new(&folder).start().await;
    let (status, said) = ServerBuilder::new(&folder).run("serve");
    assert_eq!(status.code(), Some(1));
    let port = first.url.rsplit(':').next().unwrap();
    assert!(said.contains("in use by process") && said.contains(port) && said.contains("DATA_DIR"), "{said}");
    first.get("/health", None).await.expect(200);
    first.kill();
    ServerBuilder::new(&folder).start().await;
}

/// A session that one node has ended is over on the other: at once where they share a Redis, else when the other looks
/// next.
#[rstest::rstest]
#[case::over_redis(true, 500)]
#[case::over_the_database(false, 3_000)]
#[tokio::test]
async fn a_session_ended_on_one_node_is_over_on_the_other(#[case] redis: bool, #[case] within_ms: u64) {
    let (data, database) = (TempDir::new().unwrap(), TestDatabase::on(Engine::Postgres).await);
    let node = |name: &str| {
        let node = ServerBuilder::new(&data.path().join(name))
            .set("DATABASE_URL", &database.options.url)
            .set("JWT_SECRET", "one secret for both nodes, long enough")
            .set("DATA_KEY", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
            .set("PUBLIC_URL", "http://localhost");
        if redis { node.set("REDIS_URL", &hos_testing::redis_url()) } else { node }
    };
    let (one, two) = (node("one").start().await, node("two").start().await);
    let ada = one.register("ada").await;
    two.get("/api/v1/users/me", Some(&ada)).await.expect(200);
    one.post("/api/v1/auth/logout", Some(&ada), serde_json::json!({})).await.expect(204);
    let ended = std::time::Instant::now();
    while two.get("/api/v1/users/me", Some(&ada)).await.status != 401 {
        assert!(ended.elapsed().as_millis() < within_ms.into(), "it is still believed after {:?}", ended.elapsed());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
