//! Stripe's webhooks, from outside: what is believed, what is refused, and that whatever the order and however often,
//! there is one effect.

use hos_domain::kernel::Clock;
use hos_http::sign;
use hos_local::SystemClock;
use hos_sandbox::StripeEvent;
use hos_sql::Engine;
use hos_tests::{Reply, STRIPE_SECRET, Session, StripeCustomer, TestApp};
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use crate::both_databases;

const SUBSCRIPTION: &str = "/api/v1/billing/subscription";

async fn start(engine: Engine) -> TestApp {
    TestApp::builder(engine).await.set("STRIPE_WEBHOOK_SECRET", STRIPE_SECRET).start().await
}

async fn send_all<'a>(app: &TestApp, events: impl IntoIterator<Item = &'a StripeEvent>) {
    for event in events {
        app.stripe_sends(&event.body).await.expect(200);
    }
}

async fn until_status(app: &TestApp, session: &Session, status: &str) -> Reply {
    app.get_until(SUBSCRIPTION, session, |body| body["subscription"]["status"] == status).await
}

#[apply(both_databases)]
async fn a_purchase_that_stripe_reports_gives_access_and_a_cancellation_ends_it(#[case] engine: Engine) {
    let app = start(engine).await;
    let ada = app.register("ada").await;
    let mut customer = StripeCustomer::of(&ada);
    send_all(&app, &customer.buy_premium()).await;
    let standing = app.until_access(&ada).await;
    assert_eq!(standing.text("/subscription/provider"), "stripe");
    assert_eq!(standing.text("/subscription/plan"), "premium");
    app.get("/api/v1/billing/entitlements/token", Some(&ada)).await.expect(200);
    send_all(&app, &customer.cancel()).await;
    until_status(&app, &ada, "canceled").await;
    app.get("/api/v1/billing/entitlements/token", Some(&ada)).await.expect_error(402, "ENTITLEMENT_REQUIRED");
    assert_eq!(app.database.settled().await, 0);
}

/// The checkout alone names the user. What came before it is kept, and belongs to them once it is known who they are.
#[apply(both_databases)]
async fn events_that_come_before_the_one_that_names_their_user_are_joined_later(#[case] engine: Engine) {
    let app = start(engine).await;
    let ada = app.register("ada").await;
    let events = StripeCustomer::of(&ada).buy_premium();
    let (naming, others): (Vec<_>, Vec<_>) =
        events.iter().partition(|event| event.kind == "checkout.session.completed");
    assert!(!naming.is_empty() && others.len() >= 3);
    send_all(&app, others).await;
    assert_eq!(app.database.settled().await, 0);
    assert_eq!(app.get(SUBSCRIPTION, Some(&ada)).await.expect(200).body["subscription"], Value::Null);
    send_all(&app, naming).await;
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
}

/// The newest first, each three times, all of them at once.
#[apply(both_databases)]
async fn events_in_any_order_and_many_times_at_once_have_one_effect(#[case] engine: Engine) {
    let app = start(engine).await;
    let ada = app.register("ada").await;
    let events = StripeCustomer::of(&ada).buy_premium();
    let deliveries = events.iter().rev().flat_map(|event| [event; 3]);
    let answers = deliveries.map(|event| app.stripe_sends(&event.body));
    for answer in futures_util::future::join_all(answers).await {
        answer.expect(200);
    }
    app.until_access(&ada).await;
    assert_eq!(app.database.settled().await, 0);
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events").await, i64::try_from(events.len()).unwrap());
    let outbox = app.outbox_beyond_codes().await;
    let mut titles: Vec<_> = outbox.iter().map(|item| item["title"].as_str().unwrap()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["HOS Premium is active", "We received 9.99 USD"]);
}

/// What Stripe sends and nobody reads is kept and answered, or Stripe would send it for three days.
#[apply(both_databases)]
async fn an_event_of_a_type_that_nobody_knows_is_kept_and_changes_nothing(#[case] engine: Engine) {
    let app = start(engine).await;
    let event = json!({
        "id": "evt_new", "object": "event", "type": "treasury.flux_capacitor.charged", "created": 1_800_000_000, "livemode": true,
        "data": { "object": { "id": "flux_1", "object": "flux_capacitor" } },
    });
    app.stripe_sends(event.to_string().as_bytes()).await.expect(200);
    assert_eq!(app.database.settled().await, 0);
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events WHERE outcome = 'ignored'").await, 1);
    assert_eq!(app.database.count("SELECT count(*) FROM billing_observations").await, 0);
}

#[tokio::test]
async fn whoever_is_not_stripe_is_refused_and_leaves_no_trace() {
    let app = start(Engine::Sqlite).await;
    let body = json!({ "id": "evt_1", "object": "event", "type": "invoice.paid" }).to_string().into_bytes();
    let now = SystemClock.now();
    let signature = sign(&body, STRIPE_SECRET.as_bytes(), now);

    for bit in [0, 7] {
        let mut flipped = body.clone();
        flipped[5] ^= 1 << bit;
        app.stripe_sends_signed(&flipped, &signature).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    }
    for wrong in ["", "t=1", "v1=00", &signature.replace("v1=", "v0="), &sign(&body, b"another secret", now)] {
        app.stripe_sends_signed(&body, wrong).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    }
    for away in [-301_i64, 301] {
        let then = now.shifted_by_micros(away * 1_000_000);
        app.stripe_sends_late(&body, then).await.expect_error(422, "WEBHOOK_TIMESTAMP_INVALID");
    }
    for no_event in ["", "{", "[]", "null", "\u{0}"] {
        app.stripe_sends(no_event.as_bytes()).await.expect_error(422, "WEBHOOK_BODY_INVALID");
    }
    let huge = vec![b' '; 1024 * 1024 + 1];
    app.stripe_sends(&huge).await.expect_error(413, "PAYLOAD_TOO_LARGE");
    app.post("/api/v1/webhooks/stripe", None, json!({})).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    app.post("/api/v1/webhooks/nobody", None, json!({})).await.expect_error(404, "NOT_FOUND");
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events").await, 0);
}

#[tokio::test]
async fn without_a_secret_the_endpoint_refuses_everything() {
    let app = TestApp::start(Engine::Sqlite).await;
    let body = json!({ "id": "evt_1", "object": "event", "type": "invoice.paid" }).to_string().into_bytes();
    for secret in [STRIPE_SECRET, ""] {
        let signature = sign(&body, secret.as_bytes(), SystemClock.now());
        app.stripe_sends_signed(&body, &signature).await.expect_error(503, "WEBHOOK_NOT_CONFIGURED");
    }
}

/// The bodies hold names and addresses; whoever reads the database file must not.
#[apply(both_databases)]
async fn what_stripe_sent_is_sealed_at_rest(#[case] engine: Engine) {
    let app = start(engine).await;
    let event = json!({ "id": "evt_1", "object": "event", "type": "x", "created": 1, "livemode": true, "data": { "object": { "email": "ada@lovelace.example" } } });
    app.stripe_sends(event.to_string().as_bytes()).await.expect(200);
    let raw = app.database.raw().await;
    let statement = Statement::from_string(raw.get_database_backend(), "SELECT sealed_body FROM webhook_events");
    let body: Vec<u8> = raw.query_one_raw(statement).await.unwrap().unwrap().try_get("", "sealed_body").unwrap();
    assert!(!body.windows(8).any(|window| window == b"lovelace"));
}
