//! The books: what members pay, earn and get back, in double entry.

use hos_sql::Engine;
use hos_tests::{Reply, Session, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::administration::with_role;
use crate::both_databases;

async fn balances(app: &TestApp, boss: &Session, at: &str) -> Reply {
    app.get(&format!("/api/v1/admin/billing/balances?environment=sandbox{at}"), Some(boss)).await.expect(200)
}

fn balance(reply: &Reply, account: &str) -> i64 {
    let items = reply.body["items"].as_array().unwrap();
    let line = items.iter().find(|item| item["account"] == account);
    line.map_or(0, |line| line["balance"]["amount_minor"].as_i64().unwrap())
}

#[apply(both_databases)]
async fn what_was_paid_for_a_month_is_earned_in_the_course_of_it(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (boss, ada) = (with_role(&app, "boss", "admin").await, app.register("ada").await);
    app.buy(&ada, "premium").await;
    assert_eq!(app.database.settled().await, 0);
    app.advance(1).await;
    let next_day = balances(&app, &boss, "").await;
    assert_eq!((balance(&next_day, "provider_clearing"), next_day.body["unbalanced"].clone()), (999, json!([])));
    assert!((30..=40).contains(&-balance(&next_day, "revenue")), "{:#}", next_day.body);

    app.advance(14).await;
    let later = balances(&app, &boss, "").await;
    let (earned, deferred) = (-balance(&later, "revenue"), -balance(&later, "deferred_revenue"));
    assert!((450..=550).contains(&earned) && earned + deferred == 999, "{:#}", later.body);
    let earlier = balances(&app, &boss, "&at=2020-01-01T00:00:00Z").await;
    assert_eq!(earlier.body["items"], json!([]), "nothing had happened");
    let real = app.get("/api/v1/admin/billing/balances", Some(&boss)).await.expect(200);
    assert_eq!(real.body["items"], json!([]), "money that is not real does not count");

    app.advance(20).await;
    assert_eq!(app.database.settled().await, 0);
    let renewed = balances(&app, &boss, "").await;
    assert_eq!(balance(&renewed, "provider_clearing"), 1998);
    assert!(-balance(&renewed, "revenue") > 999);
}

#[apply(both_databases)]
async fn the_entries_about_a_member_are_read_page_by_page_and_come_to_nothing(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let (boss, ada) = (with_role(&app, "boss", "admin").await, app.register("ada").await);
    app.buy(&ada, "premium").await;
    app.advance(70).await;
    assert_eq!(app.database.settled().await, 0);
    let path = format!("/api/v1/admin/users/{}/journal", ada.user_id);
    let all = app.get(&path, Some(&boss)).await.expect(200);
    let entries = all.body["items"].as_array().unwrap().clone();
    assert_eq!(entries.len(), 3, "{:#}", all.body);
    for entry in &entries {
        let postings = entry["postings"].as_array().unwrap();
        let sum: i64 = postings.iter().map(|posting| posting["balance"]["amount_minor"].as_i64().unwrap()).sum();
        assert_eq!((sum, entry["revision"].clone()), (0, json!(0)));
        assert!(entry["fact"].as_str().unwrap().starts_with("paid:"), "{entry:#}");
    }
    let (mut read, mut next) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("{path}?limit=2{next}"), Some(&boss)).await.expect(200);
        read.extend(page.body["items"].as_array().unwrap().clone());
        let Value::String(cursor) = &page.body["next_cursor"] else { break };
        next = format!("&cursor={cursor}");
    }
    assert_eq!(read, entries);
}
