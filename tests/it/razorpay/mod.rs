//! A member in India, from outside: they are sent to Razorpay, and what Razorpay reports about the money is what they may
//! do.

mod steering;
mod webhooks;

use hos_sql::Engine;
use hos_tests::{
    FakeRazorpay, Fault, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RAZORPAY_SECRET, Reply, Session, TestApp, TestAppBuilder,
};
use rstest_reuse::apply;
use serde_json::{Value, json};

use crate::both_databases;

const SUBSCRIPTION: &str = "/api/v1/billing/subscription";
const SUBSCRIBE: &str = "/api/v1/payments/subscribe";

fn with_razorpay(builder: TestAppBuilder, razorpay: &FakeRazorpay) -> TestAppBuilder {
    builder
        .set("RAZORPAY_KEY_ID", RAZORPAY_KEY_ID)
        .set("RAZORPAY_KEY_SECRET", RAZORPAY_KEY_SECRET)
        .set("RAZORPAY_WEBHOOK_SECRET", &format!("the one before,{RAZORPAY_SECRET}"))
        .set("RAZORPAY_BASE_URL", &razorpay.url)
}

async fn start(engine: Engine) -> (FakeRazorpay, TestApp) {
    let razorpay = FakeRazorpay::start().await;
    let app = with_razorpay(TestApp::builder(engine).await, &razorpay).start().await;
    (razorpay, app)
}

async fn register_in(app: &TestApp, country: &str) -> Session {
    let email = format!("asha.{}@example.com", country.to_lowercase());
    let form = json!({ "email": email, "password": "correct horse battery", "name": "Asha", "country": country });
    Session::of(&app.post("/api/v1/auth/register", None, form).await.expect(201))
}

/// Subscribes, and gives the id of the subscription at Razorpay.
async fn subscribe(app: &TestApp, razorpay: &FakeRazorpay, asha: &Session) -> String {
    let reply = app.post(SUBSCRIBE, Some(asha), json!({ "plan": "premium" })).await.expect(201);
    let id = razorpay.ids("subscription").pop().unwrap();
    assert_eq!(reply.text("/checkout_url"), razorpay.object(&id)["short_url"].as_str().unwrap());
    assert_eq!(reply.text("/provider"), "razorpay");
    id
}

/// What has happened since the last time reaches us, the newest first and all of it twice.
async fn hear(app: &TestApp, razorpay: &FakeRazorpay) {
    let events = razorpay.events();
    assert!(!events.is_empty());
    for event in events.iter().rev().chain(&events) {
        app.razorpay_sends(event).await.expect(200);
    }
    assert_eq!(app.database.settled().await, 0);
    razorpay.wait(2);
}

async fn until_status(app: &TestApp, asha: &Session, status: &str) -> Reply {
    app.get_until(SUBSCRIPTION, asha, |body| body["subscription"]["status"] == status).await
}

#[apply(both_databases)]
async fn a_member_in_india_pays_with_razorpay_and_is_renewed(#[case] engine: Engine) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    assert_eq!(razorpay.object(&id)["notes"]["user_id"], asha.user_id.as_str());
    assert_eq!(razorpay.object(&id)["total_count"], 120);
    assert_eq!(app.get(SUBSCRIPTION, Some(&asha)).await.expect(200).body["subscription"], Value::Null);

    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    let standing = app.until_access(&asha).await;
    assert_eq!(standing.text("/subscription/provider"), "razorpay");
    assert_eq!(standing.text("/subscription/plan"), "premium");
    assert_eq!(standing.text("/subscription/provider_subscription_id"), id);
    let paid_through = standing.text("/subscription/current_period_end");
    app.get("/api/v1/billing/entitlements/token", Some(&asha)).await.expect(200);

    razorpay.end_cycle(&id);
    hear(&app, &razorpay).await;
    let renewed = |body: &Value| body["subscription"]["current_period_start"] == paid_through.as_str();
    app.get_until(SUBSCRIPTION, &asha, renewed).await;
    let timeline = app.get("/api/v1/billing/timeline", Some(&asha)).await.expect(200);
    let items = timeline.body["items"].as_array().unwrap();
    assert_eq!(items.iter().filter(|item| item["kind"] == "payment_succeeded").count(), 2);
}

/// The mandate alone, and an open page, are no payment.
#[apply(both_databases)]
async fn charges_that_fail_lead_into_grace_then_arrears_and_a_payment_out_of_them(#[case] engine: Engine) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    razorpay.decline(true);
    razorpay.end_cycle(&id);
    hear(&app, &razorpay).await;
    assert_eq!(until_status(&app, &asha, "grace_period").await.body["subscription"]["has_access"], true);
    for _ in 0..3 {
        razorpay.retry(&id);
        hear(&app, &razorpay).await;
    }
    assert_eq!(until_status(&app, &asha, "past_due").await.body["subscription"]["has_access"], false);
    razorpay.decline(false);
    razorpay.retry(&id);
    hear(&app, &razorpay).await;
    assert_eq!(until_status(&app, &asha, "active").await.body["subscription"]["has_access"], true);
}

#[apply(both_databases)]
async fn a_lost_dispute_takes_access_and_a_won_one_gives_it_back(#[case] engine: Engine) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    let payment = razorpay.ids("payment").pop().unwrap();
    for (status, seen) in [("open", "active"), ("lost", "revoked"), ("won", "active")] {
        razorpay.dispute(&payment, status);
        hear(&app, &razorpay).await;
        until_status(&app, &asha, seen).await;
    }
}

#[tokio::test]
async fn a_trial_gives_access_before_anything_is_paid() {
    let razorpay = FakeRazorpay::start().await;
    let builder = with_razorpay(TestApp::builder(Engine::Sqlite).await, &razorpay);
    let plans = builder.data().join("plans.toml");
    let shipped = include_str!("../../../config/plans.toml");
    std::fs::write(&plans, shipped.replace("trial_days = 0", "trial_days = 7")).unwrap();
    let app = builder.set("PLANS_FILE", plans.to_str().unwrap()).start().await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    let trialing = until_status(&app, &asha, "trialing").await;
    assert_eq!(trialing.body["subscription"]["has_access"], true);
    razorpay.end_cycle(&id);
    hear(&app, &razorpay).await;
    until_status(&app, &asha, "active").await;
}

/// Each country has its provider. In development the sandbox stands in for Stripe, which has no key here.
#[tokio::test]
async fn nobody_else_is_sent_to_razorpay() {
    let (razorpay, app) = start(Engine::Sqlite).await;
    let german = register_in(&app, "DE").await;
    let reply = app.post(SUBSCRIBE, Some(&german), json!({ "plan": "premium" })).await.expect(201);
    assert_eq!((reply.text("/provider"), razorpay.asked()), ("sandbox".to_owned(), Vec::new()));
}

/// The create is answered with an error, or its answer is lost; the member tries again with the same key.
#[apply(both_databases)]
async fn a_create_that_went_wrong_is_found_and_never_made_twice(#[case] engine: Engine) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let subscribe = || app.post_once(SUBSCRIBE, &asha, "key-1", json!({ "plan": "premium" }));
    razorpay.fail("POST", [Fault::Status(502), Fault::LostAnswer]);
    subscribe().await.expect_error(502, "PROVIDER_ERROR");
    assert_eq!(razorpay.ids("subscription").len(), 0);
    let opened = subscribe().await.expect(201);
    let again = subscribe().await.expect(201);
    assert_eq!(opened.text("/checkout_url"), again.text("/checkout_url"));
    assert_eq!((razorpay.ids("subscription").len(), razorpay.asked().len()), (1, 2));
}

/// Razorpay's events don't say whether money moved. The key does, and a test key gives nothing where money counts.
#[tokio::test]
async fn under_a_test_key_nothing_is_given_in_production() {
    let razorpay = FakeRazorpay::start().await;
    let app = with_razorpay(TestApp::builder(Engine::Sqlite).await, &razorpay)
        .set("DEBUG", "false")
        .set("REGISTRATION", "immediate")
        .set("JWT_SECRET", "a-fixed-secret-for-tests-0123456789abcdef")
        .set("DATA_KEY", "a-fixed-data-key-for-tests-0123456789abcdef")
        .set("PUBLIC_URL", "http://localhost")
        .start()
        .await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    let standing = until_status(&app, &asha, "active").await;
    assert_eq!(standing.body["subscription"]["has_access"], false);
    let explained = app.get("/api/v1/billing/explain?entitlement=premium", Some(&asha)).await.expect(200);
    assert_eq!(explained.text("/because/0/rule"), "test_purchase");
}
