//! A server that is killed loses nothing that it has answered for, and does nothing twice.

use std::time::Duration;

use hos_sandbox::StripeEvent;
use hos_sql::Engine;
use hos_testing::TestDatabase;
use hos_tests::{Api, STRIPE_SECRET, ServerBuilder, Session, StripeCustomer};
use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

fn server(data: &TempDir, database: &TestDatabase) -> ServerBuilder {
    ServerBuilder::new(&data.path().join("data"))
        .set("DATABASE_URL", &database.options.url)
        .set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET)
}

/// Titles of what was told to somebody, in order of the alphabet.
async fn told(api: &Api, to: &str) -> Vec<String> {
    let outbox = api.outbox_beyond_codes().await;
    let titles = outbox.iter().filter(|item| item["to"] == to).map(|item| item["title"].as_str().unwrap().to_owned());
    let mut titles: Vec<_> = titles.collect();
    titles.sort();
    titles
}

/// The commit has happened and the effect has not: nobody runs jobs in the first life.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn what_was_committed_has_its_effect_in_the_next_life_once(#[case] engine: Engine) {
    let (data, database) = (TempDir::new().unwrap(), TestDatabase::on(engine).await);
    let server = server(&data, &database);
    let first_life = server.clone().set("RUN_JOBS", "false").start().await;
    let ada = first_life.register("ada").await;
    for event in StripeCustomer::of(&ada).buy_premium() {
        first_life.stripe_sends(&event.body).await.expect(200);
    }
    let nothing_yet = first_life.get("/api/v1/billing/subscription", Some(&ada)).await.expect(200);
    assert_eq!(nothing_yet.body["subscription"], Value::Null);
    assert!(first_life.outbox().await.is_empty());
    first_life.kill();

    let second_life = server.start().await;
    second_life.until_access(&ada).await;
    assert_eq!(database.settled().await, 0);
    assert_eq!(told(&second_life, &ada.email).await, ["HOS Premium is active", "We received 9.99 USD"]);
}

/// Killed at random moments under load, over and over; whatever was answered with 200 must be there in the end.
#[rstest]
#[case::sqlite(Engine::Sqlite)]
#[case::postgres(Engine::Postgres)]
#[tokio::test]
async fn a_server_killed_again_and_again_keeps_every_answer_it_gave(#[case] engine: Engine) {
    let (data, database) = (TempDir::new().unwrap(), TestDatabase::on(engine).await);
    let server = server(&data, &database).set("JOB_LEASE", "1");
    let mut life = server.start().await;
    let mut members: Vec<(Session, Vec<StripeEvent>)> = Vec::new();
    for index in 0..8 {
        let member = life.register(&format!("member{index}")).await;
        let events = StripeCustomer::of(&member).buy_premium();
        members.push((member, events));
    }
    for round in 0..6_u64 {
        let sending = async {
            for event in members.iter().flat_map(|(_, events)| events) {
                // Stripe sends again what was not answered, and sometimes what was.
                let _ = life.try_stripe_sends(&event.body).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(15 + round * 23), sending).await;
        life.kill();
        life = server.start().await;
    }
    for event in members.iter().flat_map(|(_, events)| events) {
        life.stripe_sends(&event.body).await.expect(200);
    }
    for (member, _) in &members {
        life.until_access(member).await;
    }
    assert_eq!(database.settled().await, 0);
    for (member, _) in &members {
        assert_eq!(told(&life, &member.email).await, ["HOS Premium is active", "We received 9.99 USD"]);
    }
}
