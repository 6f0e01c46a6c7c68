//! Money goes back: as much as the policy allows, never more than was paid, and once.

use hos_sql::Engine;
use hos_tests::{Session, TestApp};
use rstest_reuse::apply;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::billing_verbs::{INVOICES, REFUNDS, SUBSCRIPTION, member, payment_of};
use crate::both_databases;

#[apply(both_databases)]
async fn a_refund_in_full_takes_access_and_stops_the_renewal(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let payment = payment_of(&app, &ada).await;
    let wish = json!({ "payment_id": payment, "reason": "It is not for me" });
    let given = app.post_once(REFUNDS, &ada, "key-1", wish.clone()).await.expect(201);
    assert_eq!((given.body["amount"]["amount_minor"].as_i64(), &given.body["in_full"]), (Some(999), &json!(true)));
    let again = app.post_once(REFUNDS, &ada, "key-1", wish.clone()).await.expect(201);
    assert_eq!(again.body, given.body);
    app.post_once(REFUNDS, &ada, "key-2", wish).await.expect_error(409, "ALREADY_REFUNDED");
    assert_eq!(app.database.settled().await, 0);
    let shown = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(
        (shown.text("/subscription/status").as_str(), &shown.body["subscription"]["will_renew"]),
        ("revoked", &json!(false))
    );
    app.advance(40).await;
    let invoices = app.get(INVOICES, Some(&ada)).await.expect(200);
    assert_eq!(invoices.body["items"].as_array().unwrap().len(), 1, "nothing was charged again");
}

#[apply(both_databases)]
async fn parts_are_given_back_up_to_what_was_paid(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let payment = payment_of(&app, &ada).await;
    let wish = |minor: i64, currency: &str| json!({ "payment_id": payment, "reason": "duplicate", "amount": { "amount_minor": minor, "currency": currency } });
    let part = app.post(REFUNDS, Some(&ada), wish(300, "USD")).await.expect(201);
    assert_eq!((&part.body["in_full"], part.text("/status").as_str()), (&json!(false), "succeeded"));
    let shown = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(
        (shown.text("/subscription/status").as_str(), &shown.body["subscription"]["will_renew"]),
        ("active", &json!(true))
    );
    app.post(REFUNDS, Some(&ada), wish(700, "USD")).await.expect_error(422, "REFUND_TOO_LARGE");
    app.post(REFUNDS, Some(&ada), wish(100, "EUR")).await.expect_error(422, "REFUND_TOO_LARGE");
    for bad in [wish(0, "USD"), wish(-5, "USD"), wish(1, "XXX"), json!({ "payment_id": "", "reason": "x" })] {
        app.post(REFUNDS, Some(&ada), bad).await.expect_error(400, "VALIDATION_ERROR");
    }
    let fraction =
        json!({ "payment_id": payment, "reason": "x", "amount": { "amount_minor": 1.5, "currency": "USD" } });
    app.post(REFUNDS, Some(&ada), fraction).await.expect_error(400, "VALIDATION_ERROR");
    let rest = app.post(REFUNDS, Some(&ada), wish(699, "USD")).await.expect(201);
    assert_eq!(rest.body["in_full"], true);
}

/// However many ask at once, no more than was paid is given back.
#[apply(both_databases)]
async fn refunds_at_once_never_give_back_more_than_was_paid(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let payment = payment_of(&app, &ada).await;
    let wish = json!({ "payment_id": payment, "reason": "x", "amount": { "amount_minor": 400, "currency": "USD" } });
    let ask = |key: &'static str| app.post_once(REFUNDS, &ada, key, wish.clone());
    let replies = tokio::join!(ask("a"), ask("b"), ask("c"), ask("d"));
    let given = [replies.0, replies.1, replies.2, replies.3].iter().filter(|reply| reply.status == 201).count();
    assert!((1..=2).contains(&given), "{given}");
    assert_eq!(app.database.settled().await, 0);
    let timeline = app.get("/api/v1/billing/timeline", Some(&ada)).await.expect(200);
    let back: i64 = timeline.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|entry| entry["kind"].as_str().unwrap().starts_with("refund"))
        .map(|entry| entry["money"]["amount_minor"].as_i64().unwrap())
        .sum();
    assert_eq!(back, 400 * i64::try_from(given).unwrap());
}

async fn make_admin(app: &TestApp) -> Session {
    app.register("boss").await;
    let raw = app.database.raw().await;
    raw.execute_unprepared("UPDATE users SET role = 'admin' WHERE email = 'boss@example.com'").await.unwrap();
    app.log_in("boss").await
}

#[apply(both_databases)]
async fn after_two_weeks_only_an_administrator_gives_money_back(#[case] engine: Engine) {
    let (app, ada) = member(engine).await;
    let (boss, payment) = (make_admin(&app).await, payment_of(&app, &ada).await);
    app.advance(15).await;
    let wish = json!({ "payment_id": payment, "reason": "Goodwill" });
    app.post(REFUNDS, Some(&ada), wish.clone()).await.expect_error(403, "REFUND_WINDOW_OVER");
    let path = format!("/api/v1/admin/users/{}/refunds", ada.user_id);
    app.post(&path, Some(&ada), wish.clone()).await.expect_error(403, "AUTHORIZATION_ERROR");
    let given = app.post_once(&path, &boss, "key-1", wish.clone()).await.expect(201);
    assert_eq!(given.body["amount"]["amount_minor"], 999);
    assert_eq!(app.post_once(&path, &boss, "key-1", wish.clone()).await.expect(201).body, given.body);
    let bobs = format!("/api/v1/admin/users/{}/refunds", boss.user_id);
    app.post(&bobs, Some(&boss), wish).await.expect_error(404, "PAYMENT_NOT_FOUND");
    let log = app.get(&format!("/api/v1/admin/audit-log?subject={}", ada.user_id), Some(&boss)).await.expect(200);
    let refunded =
        log.body["items"].as_array().unwrap().iter().find(|line| line["action"] == "payment.refunded").unwrap();
    assert_eq!((&refunded["actor"], &refunded["facts"]["reason"]), (&json!(boss.user_id), &json!("Goodwill")));
}

#[tokio::test]
async fn where_the_policy_is_to_give_back_what_is_left_a_part_is_given() {
    let builder = TestApp::builder(Engine::Sqlite).await;
    let plans = builder.data().join("plans.toml");
    let shipped = include_str!("../../config/plans.toml");
    std::fs::write(&plans, shipped.replace("refunds = \"full\"", "refunds = \"pro_rated\"")).unwrap();
    let app = builder.set("PLANS_FILE", plans.to_str().unwrap()).start().await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    app.advance(10).await;
    let payment = payment_of(&app, &ada).await;
    let given = app.post(REFUNDS, Some(&ada), json!({ "payment_id": payment, "reason": "x" })).await.expect(201);
    let minor = given.body["amount"]["amount_minor"].as_i64().unwrap();
    assert!((600..700).contains(&minor) && given.body["in_full"] == false, "{minor}");
}
