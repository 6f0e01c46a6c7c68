//! What a member in India may do about what they pay for, from outside: it is asked of Razorpay, and counts at once.

use hos_sql::Engine;
use hos_tests::{FakeRazorpay, Session, TestApp};
use rstest_reuse::apply;
use serde_json::json;

use super::{SUBSCRIPTION, hear, register_in, start, subscribe, until_status};
use crate::both_databases;

const CANCEL: &str = "/api/v1/billing/subscription/cancel";
const RESUME: &str = "/api/v1/billing/subscription/resume";
const PAUSE: &str = "/api/v1/billing/subscription/pause";
const CHANGE: &str = "/api/v1/billing/subscription/change";
const REFUNDS: &str = "/api/v1/billing/refunds";

/// A member who has paid for a month, and the id of their subscription.
async fn member(engine: Engine) -> (FakeRazorpay, TestApp, Session, String) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    hear(&app, &razorpay).await;
    until_status(&app, &asha, "active").await;
    (razorpay, app, asha, id)
}

/// No snapshot of Razorpay's shows it: it is our own decision that the renewal ends, and no later news take it back.
#[apply(both_databases)]
async fn a_cancellation_with_the_cycle_counts_at_once_and_stays_until_it_comes(#[case] engine: Engine) {
    let (razorpay, app, asha, id) = member(engine).await;
    let cancelled = app.post(CANCEL, Some(&asha), json!({})).await.expect(200);
    assert_eq!(cancelled.body["subscription"]["will_renew"], false);
    assert_eq!(cancelled.body["subscription"]["cancel_at"], cancelled.body["subscription"]["current_period_end"]);
    assert_eq!(razorpay.object(&id)["status"], "active");
    app.post(RESUME, Some(&asha), json!({})).await.expect_error(422, "PROVIDER_UNSUPPORTED");

    let explained = app.get("/api/v1/billing/explain?entitlement=premium", Some(&asha)).await.expect(200);
    assert_eq!(explained.text("/because/0/rule"), "paid_not_renewing");
    let because = explained.body["because"][0]["observations"].as_array().unwrap().clone();
    assert!(because.iter().any(|seen| seen["facts"]["of"] == "cancel_intent" && seen["source"] == "ours"));

    razorpay.dispute(&razorpay.ids("payment")[0], "open");
    hear(&app, &razorpay).await;
    assert_eq!(app.get(SUBSCRIPTION, Some(&asha)).await.expect(200).body["subscription"]["will_renew"], false);
    razorpay.end_cycle(&id);
    hear(&app, &razorpay).await;
    until_status(&app, &asha, "canceled").await;
    assert_eq!(razorpay.ids("payment").len(), 1, "nobody was charged again");
}

#[apply(both_databases)]
async fn a_pause_a_resumption_and_a_dearer_plan_count_at_once(#[case] engine: Engine) {
    let (razorpay, app, asha, id) = member(engine).await;
    let paused = app.post(PAUSE, Some(&asha), json!({})).await.expect(200);
    assert_eq!(paused.body["subscription"]["provider_status"], "paused");
    razorpay.wait(3);
    let resumed = app.post(RESUME, Some(&asha), json!({})).await.expect(200);
    assert_eq!(resumed.body["subscription"]["will_renew"], true);
    razorpay.wait(3);
    let changed = app.post(CHANGE, Some(&asha), json!({ "plan": "coach_plus" })).await.expect(200);
    assert_eq!(changed.text("/subscription/plan"), "coach_plus");
    assert_eq!(razorpay.object(&id)["plan_id"], "plan_coach_plus_monthly_inr");
    hear(&app, &razorpay).await;
    let now = app.get(SUBSCRIPTION, Some(&asha)).await.expect(200);
    assert_eq!(
        (now.text("/subscription/plan"), now.text("/subscription/status")),
        ("coach_plus".into(), "active".into())
    );
    app.post("/api/v1/billing/portal", Some(&asha), json!({})).await.expect_error(422, "PROVIDER_UNSUPPORTED");
}

/// All of it within the fortnight: access ends, and nobody is charged again.
#[apply(both_databases)]
async fn a_full_refund_takes_access_and_stops_the_renewal(#[case] engine: Engine) {
    let (razorpay, app, asha, id) = member(engine).await;
    let payment = razorpay.ids("payment")[0].clone();
    let wish = json!({ "payment_id": payment, "reason": "requested_by_customer" });
    app.post(REFUNDS, Some(&asha), wish).await.expect(201);
    assert_eq!(razorpay.object(&payment)["amount_refunded"], 49_900);
    until_status(&app, &asha, "revoked").await;
    assert_eq!(app.database.settled().await, 0);
    assert!(razorpay.asked().contains(&format!("POST /v1/subscriptions/{id}/cancel")), "{:?}", razorpay.asked());
    hear(&app, &razorpay).await;
    assert_eq!(razorpay.ids("refund").len(), 1);
    until_status(&app, &asha, "revoked").await;
}
