//! The main job, from outside: a member subscribes, pays in the sandbox, is entitled, is told, is renewed.

use hos_sql::Engine;
use hos_tests::{STRIPE_SECRET, Session, StripeCustomer, TestApp, TestAppBuilder};
use reqwest::Method;
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const SUBSCRIPTION: &str = "/api/v1/billing/subscription";
const TOKEN: &str = "/api/v1/billing/entitlements/token";

async fn status(app: &TestApp, session: &Session) -> String {
    app.get(SUBSCRIPTION, Some(session)).await.expect(200).text("/subscription/status")
}

fn titles(outbox: &[Value], kind: &str) -> Vec<String> {
    let mut titles: Vec<_> = outbox
        .iter()
        .filter(|item| item["kind"] == kind)
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    titles
}

#[apply(both_databases)]
async fn a_member_pays_and_is_entitled_told_and_renewed(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let device = json!({ "platform": "android", "token": "fcm-token-of-adas-phone" });
    app.post("/api/v1/notifications/register-device", Some(&ada), device).await.expect(201);
    app.get(TOKEN, Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).body["subscription"], Value::Null);

    let first = app.buy(&ada, "premium").await;
    let entitlements: Vec<_> = first.body["entitlements"].as_array().unwrap().iter().map(|e| e["id"].clone()).collect();
    assert_eq!(entitlements, ["premium", "voice"]);
    let token = app.get(TOKEN, Some(&ada)).await.expect(200);
    assert_eq!(token.body["entitlements"], json!(["premium", "voice"]));

    let explained = app.get("/api/v1/billing/explain?entitlement=premium", Some(&ada)).await.expect(200);
    assert_eq!(explained.body["active"], true);
    assert_eq!(explained.body["because"][0]["rule"], "paid_and_renewing");
    let kinds: Vec<_> = explained.body["because"][0]["observations"].as_array().unwrap().iter().collect();
    assert!(kinds.iter().any(|seen| seen["facts"]["of"] == "invoice"), "{:#}", explained.body);

    app.advance(31).await;
    let renewed = app.get(SUBSCRIPTION, Some(&ada)).await.expect(200);
    assert_eq!(renewed.text("/subscription/status"), "active");
    assert_eq!(renewed.text("/subscription/current_period_start"), first.text("/subscription/current_period_end"));

    // Each fact was told once: the beginning, and a receipt for each payment.
    app.get_until("/dev/outbox", &ada, |body| body["items"].as_array().unwrap().len() == 5).await;
    let outbox = &app.outbox_beyond_codes().await;
    assert_eq!(titles(outbox, "mail"), ["HOS Premium is active", "We received 9.99 USD", "We received 9.99 USD"]);
    assert_eq!(titles(outbox, "push"), ["You're in"]);
}

#[apply(both_databases)]
async fn a_year_of_renewals_happens_in_order(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    let advanced = app.advance(365).await;
    assert_eq!(advanced.body["unsettled"], 0);
    assert_eq!(status(&app, &ada).await, "active");
    let timeline = app.get("/api/v1/billing/timeline", Some(&ada)).await.expect(200);
    let items = timeline.body["items"].as_array().unwrap();
    let payments: Vec<_> = items.iter().filter(|item| item["kind"] == "payment_succeeded").collect();
    assert!((12..=13).contains(&payments.len()), "{} payments in a year", payments.len());
}

#[tokio::test]
async fn a_payer_who_turns_back_has_nothing_and_may_try_again() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let checkout = app.subscribe(&ada, "premium").await;
    assert_eq!(app.decide(&checkout, "abandon").await.expect(200).text("/state"), "abandoned");
    app.decide(&checkout, "pay").await.expect_error(409, "CONFLICT");
    app.get(TOKEN, Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    app.buy(&ada, "premium").await;
}

#[tokio::test]
async fn a_declined_card_gives_nothing_and_a_challenge_that_is_passed_pays() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let checkout = app.subscribe(&ada, "premium").await;
    let declined = app.decide(&checkout, "decline").await.expect(200);
    assert_eq!((declined.text("/state"), &declined.body["declined"]), ("open".into(), &json!(true)));
    assert_eq!(app.decide(&checkout, "challenge").await.expect(200).text("/state"), "challenged");
    app.get(TOKEN, Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    assert_eq!(app.decide(&checkout, "pay").await.expect(200).text("/state"), "paid");
    app.until_access(&ada).await;
    app.get(TOKEN, Some(&ada)).await.expect(200);
}

#[tokio::test]
async fn the_checkout_is_a_page_for_people_and_decides_once() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let checkout = app.subscribe(&ada, "premium").await;
    let page = app.get(&checkout, None).await.expect(200);
    let html = page.body.as_str().unwrap();
    assert!(html.contains("9.99 USD") && html.contains("per month") && html.contains("value=\"challenge\""), "{html}");
    let browser = |request: reqwest::RequestBuilder| request.header("accept", "text/html").form(&[("outcome", "pay")]);
    app.send(Method::POST, &checkout, None, browser).await;
    app.until_access(&ada).await;
    app.decide(&checkout, "pay").await.expect_error(409, "CONFLICT");
    app.decide("/sandbox/checkout/scs_nobody", "pay").await.expect_error(404, "NOT_FOUND");
    app.decide(&checkout, "steal").await.expect_error(400, "VALIDATION_ERROR");
}

#[apply(both_databases)]
async fn who_is_subscribed_is_not_sold_a_second_subscription(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    let again = app.post("/api/v1/payments/subscribe", Some(&ada), json!({ "plan": "coach_plus" })).await;
    again.expect_error(409, "ALREADY_SUBSCRIBED");
}

#[apply(both_databases)]
async fn one_key_opens_one_checkout_even_when_sent_twice_at_once(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    let subscribe = || app.post_once("/api/v1/payments/subscribe", &ada, "key-1", json!({ "plan": "premium" }));
    let (one, two) = tokio::join!(subscribe(), subscribe());
    let mut opened = Vec::new();
    for reply in [one, two] {
        match reply.status {
            201 => opened.push(reply.text("/checkout_url")),
            _ => drop(reply.expect_error(409, "IDEMPOTENCY_CONFLICT")),
        }
    }
    opened.push(subscribe().await.expect(201).text("/checkout_url"));
    opened.dedup();
    assert_eq!(opened.len(), 1);
    let other = app.post_once("/api/v1/payments/subscribe", &ada, "key-1", json!({ "plan": "coach_plus" })).await;
    other.expect_error(409, "IDEMPOTENCY_CONFLICT");
}

#[tokio::test]
async fn what_is_not_sold_is_refused() {
    let app = TestApp::start(Engine::Sqlite).await;
    let ada = app.register("ada").await;
    let subscribe = |body: Value| app.post("/api/v1/payments/subscribe", Some(&ada), body);
    subscribe(json!({ "plan": "gold" })).await.expect_error(404, "PLAN_NOT_FOUND");
    subscribe(json!({ "plan": "free" })).await.expect_error(404, "PLAN_NOT_FOUND");
    subscribe(json!({ "plan": "premium", "price": "weekly" })).await.expect_error(404, "PRICE_NOT_FOUND");
    let elsewhere = subscribe(json!({ "plan": "premium", "success_url": "javascript:alert(1)" })).await;
    assert_eq!(elsewhere.expect_error(400, "VALIDATION_ERROR").details(), [("success_url", "url")]);
}

#[tokio::test]
async fn a_country_that_nobody_serves_is_told_so() {
    let app = TestApp::builder(Engine::Sqlite).await.set("BILLING_REGIONS", "US=sandbox").start().await;
    let form = json!({ "email": "b@example.com", "password": "correct horse battery", "name": "B", "country": "BR" });
    let brazilian = Session::of(&app.post("/api/v1/auth/register", None, form).await.expect(201));
    let reply = app.post("/api/v1/payments/subscribe", Some(&brazilian), json!({ "plan": "premium" })).await;
    reply.expect_error(422, "UNSUPPORTED_REGION");
}

#[tokio::test]
async fn the_clock_goes_forward_only() {
    let app = TestApp::start(Engine::Sqlite).await;
    let advance = |body: Value| app.post("/sandbox/clock/advance", None, body);
    let back = advance(json!({ "to": "2020-01-01T00:00:00Z" })).await.expect_error(400, "VALIDATION_ERROR");
    assert_eq!(back.details(), [("to", "range")]);
    advance(json!({ "days": 1, "to": "2100-01-01T00:00:00Z" })).await.expect_error(400, "VALIDATION_ERROR");
    app.advance(2).await;
    let clock = app.get("/sandbox/clock", None).await.expect(200);
    assert!(clock.text("/business_now") > clock.text("/real_now"));
}

/// Stopped and started again, business time goes on from where it was wound to.
#[apply(both_databases)]
async fn business_time_survives_a_restart(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    app.advance(31).await;
    let before = app.get("/sandbox/clock", None).await.expect(200).text("/business_now");
    let (database, data) = (app.database.clone(), app.data.clone());
    app.stop().await;
    let app = TestApp::builder_on(database, data).start().await;
    let ada = app.log_in("ada").await;
    assert!(app.get("/sandbox/clock", None).await.expect(200).text("/business_now") > before);
    assert_eq!(status(&app, &ada).await, "active");
}

fn in_production(builder: TestAppBuilder) -> TestAppBuilder {
    builder
        .set("DEBUG", "false")
        .set("REGISTRATION", "immediate")
        .set("JWT_SECRET", "a-fixed-secret-for-tests-0123456789abcdef")
        .set("DATA_KEY", "a-fixed-data-key-for-tests-0123456789abcdef")
        .set("PUBLIC_URL", "http://localhost")
}

/// What was derived by other rules is derived anew: a test purchase gives nothing once test purchases don't count.
#[apply(both_databases)]
async fn a_test_purchase_gives_nothing_in_production(#[case] engine: Engine) {
    let app = TestApp::start(engine).await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    let (database, data) = (app.database.clone(), app.data.clone());
    app.stop().await;
    let app = in_production(TestApp::builder_on(database, data)).start().await;
    let ada = app.log_in("ada").await;
    app.get_until(SUBSCRIPTION, &ada, |body| body["subscription"]["has_access"] == false).await;
    app.get(TOKEN, Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    let explained = app.get("/api/v1/billing/explain?entitlement=premium", Some(&ada)).await.expect(200);
    assert_eq!(explained.text("/because/0/rule"), "test_purchase");
    app.get("/api/v1/billing/explain?entitlement=gold", Some(&ada)).await.expect_error(404, "ENTITLEMENT_NOT_FOUND");
}

/// The catalogue did not know the price that was paid; access follows as soon as it does.
#[apply(both_databases)]
async fn a_price_that_the_catalogue_learns_later_gives_access_then(#[case] engine: Engine) {
    let builder = TestApp::builder(engine).await;
    let shipped = include_str!("../../config/plans.toml");
    let plans = builder.data().join("plans.toml");
    std::fs::write(&plans, shipped.replace("price_premium_monthly_usd", "price_of_another_account")).unwrap();
    let set_up = |builder: TestAppBuilder| {
        builder.set("PLANS_FILE", plans.to_str().unwrap()).set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET)
    };
    let app = set_up(builder).start().await;
    let ada = app.register("ada").await;
    for event in StripeCustomer::of(&ada).buy_premium() {
        app.stripe_sends(&event.body).await.expect(200);
    }
    let standing = app.get_until(SUBSCRIPTION, &ada, |body| body["subscription"]["has_access"] == true).await;
    assert_eq!((&standing.body["subscription"]["plan"], &standing.body["entitlements"]), (&Value::Null, &json!([])));
    let (database, data) = (app.database.clone(), app.data.clone());
    app.stop().await;
    std::fs::write(&plans, shipped).unwrap();
    let app = set_up(TestApp::builder_on(database, data)).start().await;
    let ada = app.log_in("ada").await;
    let named = |body: &Value| body["entitlements"].as_array().is_some_and(|held| held.len() == 2);
    app.get_until(SUBSCRIPTION, &ada, named).await;
}

#[tokio::test]
async fn who_has_no_provider_is_told_that_waiting_will_not_help() {
    let app = in_production(TestApp::builder(Engine::Sqlite).await).start().await;
    let ada = app.register("ada").await;
    let reply = app.post("/api/v1/payments/subscribe", Some(&ada), json!({ "plan": "premium" })).await;
    reply.expect_error(422, "PAYMENTS_NOT_CONFIGURED");
}

#[tokio::test]
async fn nothing_of_the_sandbox_exists_without_debug() {
    let app = in_production(TestApp::builder(Engine::Sqlite).await).start().await;
    app.get("/sandbox/clock", None).await.expect_error(404, "NOT_FOUND");
    app.get("/sandbox/checkout/scs_1", None).await.expect_error(404, "NOT_FOUND");
    app.get("/dev/outbox", None).await.expect_error(404, "NOT_FOUND");
    app.post("/sandbox/clock/advance", None, json!({ "days": 1 })).await.expect_error(404, "NOT_FOUND");
    app.post("/sandbox/v1/checkouts", None, json!({})).await.expect_error(404, "NOT_FOUND");
    app.post("/api/v1/webhooks/sandbox", None, json!({})).await.expect_error(404, "NOT_FOUND");
}
