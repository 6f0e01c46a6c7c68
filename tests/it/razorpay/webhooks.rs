//! What is believed of Razorpay's webhooks, what is refused, and that what was said is said once.

use hos_http::sign_plain;
use hos_sql::Engine;
use hos_tests::{RAZORPAY_SECRET, RazorpayEvent, TestApp};
use rstest_reuse::apply;
use serde_json::{Value, json};

use super::{register_in, start, subscribe};
use crate::both_databases;

fn event(id: &str, body: &Value) -> RazorpayEvent {
    RazorpayEvent { id: id.to_owned(), kind: "payment.captured".into(), body: body.to_string() }
}

fn signed(event: &RazorpayEvent, secret: &str) -> String {
    sign_plain(event.body.as_bytes(), secret.as_bytes())
}

#[tokio::test]
async fn every_address_and_either_header_and_both_secrets_are_taken() {
    let (_razorpay, app) = start(Engine::Sqlite).await;
    let addresses = ["/webhooks/razorpay", "/api/v1/webhooks/razorpay", "/api/v1/payments/webhook/razorpay"];
    let headers = ["x-razorpay-signature", "x-webhook-signature", "x-razorpay-signature"];
    let secrets = [RAZORPAY_SECRET, RAZORPAY_SECRET, "the one before"];
    for (number, path) in addresses.into_iter().enumerate() {
        let body = json!({ "entity": "event", "event": "ping", "created_at": 1_800_000_000, "payload": {} });
        let event = event(&format!("evt_{number}"), &body);
        let signature = signed(&event, secrets[number]);
        app.razorpay_sends_signed(path, &event, &[(headers[number], &signature)]).await.expect(200);
    }
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events").await, 3);
}

#[tokio::test]
async fn whoever_is_not_razorpay_is_refused_and_leaves_no_trace() {
    let (_razorpay, app) = start(Engine::Sqlite).await;
    let (header, alias) = ("x-razorpay-signature", "x-webhook-signature");
    let event = event("evt_1", &json!({ "entity": "event", "event": "ping", "created_at": 1, "payload": {} }));
    let good = signed(&event, RAZORPAY_SECRET);
    let send = |event: RazorpayEvent, headers: Vec<(&'static str, String)>| {
        let app = &app;
        async move {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            app.razorpay_sends_signed("/webhooks/razorpay", &event, &headers).await
        }
    };
    let forged = vec![
        vec![],
        vec![(header, String::new())],
        vec![(header, signed(&event, "another secret"))],
        vec![(header, good.clone()), (header, good.clone())],
        vec![(header, good.clone()), (alias, good.clone())],
        vec![("stripe-signature", good.clone())],
    ];
    for headers in forged {
        send(event.clone(), headers).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    }
    let altered = RazorpayEvent { body: event.body.replace("ping", "pong"), ..event.clone() };
    send(altered, vec![(header, good)]).await.expect_error(422, "WEBHOOK_SIGNATURE_INVALID");
    let nothing = RazorpayEvent { body: "{}".into(), ..event };
    let signature = signed(&nothing, RAZORPAY_SECRET);
    send(nothing, vec![(header, signature)]).await.expect_error(422, "WEBHOOK_BODY_INVALID");
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events").await, 0);
}

/// One delivery or many, under one id or many: what was said is said once.
#[apply(both_databases)]
async fn an_event_that_comes_again_under_another_id_changes_nothing(#[case] engine: Engine) {
    let (razorpay, app) = start(engine).await;
    let asha = register_in(&app, "IN").await;
    let id = subscribe(&app, &razorpay, &asha).await;
    razorpay.give_mandate(&id);
    let events = razorpay.events();
    let replay =
        |round: usize| events.iter().map(move |one| RazorpayEvent { id: format!("{}-{round}", one.id), ..one.clone() });
    for event in replay(1) {
        app.razorpay_sends(&event).await.expect(200);
    }
    assert_eq!(app.database.settled().await, 0);
    let observations = app.database.count("SELECT count(*) FROM billing_observations").await;
    for event in replay(1).chain(replay(2)) {
        app.razorpay_sends(&event).await.expect(200);
    }
    assert_eq!(app.database.settled().await, 0);
    assert_eq!(app.database.count("SELECT count(*) FROM billing_observations").await, observations);
    let received = i64::try_from(events.len() * 2).unwrap();
    assert_eq!(app.database.count("SELECT count(*) FROM webhook_events").await, received);
}

#[tokio::test]
async fn without_a_secret_the_endpoint_refuses_everything() {
    let app = TestApp::start(Engine::Sqlite).await;
    let event = event("evt_1", &json!({ "entity": "event", "event": "ping", "created_at": 1, "payload": {} }));
    app.razorpay_sends(&event).await.expect_error(503, "WEBHOOK_NOT_CONFIGURED");
}
