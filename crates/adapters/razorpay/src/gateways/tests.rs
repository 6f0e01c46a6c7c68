//! Each verb of a subscription against a server that stands for Razorpay, one answer at a time.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    CancelAt, Facts, InvoiceStatus, Observation, Phase, PlanChange, Resumption, SubscriptionGateway,
};
use hos_domain::kernel::{Clock, GatewayError, Timestamp};
use hos_http::{HttpClient, Patience};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::client::Razorpay;
use crate::config::RazorpayConfig;

pub(super) const START: i64 = 1_790_000_000;
pub(super) const END: i64 = 1_792_592_000;

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_seconds(START).unwrap()
    }
}

pub(super) fn gateway(server: &MockServer) -> Razorpay {
    let config =
        RazorpayConfig { key_id: "rzp_test_1".into(), key_secret: "secret".to_owned().into(), base_url: server.uri() };
    let patience = Patience { timeout: Duration::from_millis(500), tries: 2, first_wait: Duration::from_millis(1) };
    Razorpay::new(HttpClient::new().unwrap(), config, patience, Arc::new(Stopped))
}

pub(super) fn list(items: &[Value]) -> ResponseTemplate {
    answer(&json!({ "entity": "collection", "count": items.len(), "items": items }))
}

pub(super) fn answer(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(super) fn subscription(status: &str) -> Value {
    let charged = matches!(status, "active" | "pending" | "halted" | "paused" | "completed");
    json!({
        "id": "sub_1", "entity": "subscription", "plan_id": "plan_1", "customer_id": "cust_1", "status": status,
        "current_start": charged.then_some(START), "current_end": charged.then_some(END), "quantity": 1, "notes": [],
        "created_at": START, "paid_count": 1, "remaining_count": 119,
    })
}

pub(super) fn invoice(id: &str, status: &str, paid_at: i64) -> Value {
    json!({
        "id": id, "entity": "invoice", "customer_id": "cust_1", "subscription_id": "sub_1", "payment_id": "pay_1",
        "order_id": "order_1", "status": status, "amount": 49_900, "amount_paid": 49_900, "currency": "INR",
        "paid_at": paid_at, "created_at": START, "short_url": "https://rzp.io/i/inv", "notes": [],
    })
}

/// A server where the subscription is in this state.
async fn server(status: &str) -> MockServer {
    let server = MockServer::start().await;
    let get = Mock::given(method("GET")).and(path("/v1/subscriptions/sub_1"));
    get.respond_with(answer(&subscription(status))).mount(&server).await;
    server
}

/// Answers one write with the subscription in another state.
async fn expect(server: &MockServer, verb: &str, body: Value, then: &str) {
    Mock::given(method("POST"))
        .and(path(format!("/v1/subscriptions/sub_1/{verb}")))
        .and(body_json(body))
        .respond_with(answer(&subscription(then)))
        .expect(1)
        .mount(server)
        .await;
}

fn phase(observation: &Observation) -> Phase {
    match &observation.facts {
        Facts::Subscription(facts) => facts.phase,
        other => panic!("{other:?}"),
    }
}

async fn writes(server: &MockServer) -> usize {
    let requests = server.received_requests().await.unwrap();
    requests.iter().filter(|request| request.method.as_str() != "GET").count()
}

#[tokio::test]
async fn a_fetch_tells_the_subscription_and_what_its_newest_invoice_paid_for() {
    let server = server("active").await;
    let invoices =
        [invoice("inv_1", "paid", START), invoice("inv_2", "paid", START + 9), invoice("inv_3", "issued", 0)];
    let asked = Mock::given(path("/v1/invoices")).and(query_param("subscription_id", "sub_1"));
    asked.respond_with(list(&invoices)).mount(&server).await;
    let observed = SubscriptionGateway::fetch(&gateway(&server), "sub_1").await.unwrap();
    let [now, paid] = <[_; 2]>::try_from(observed).unwrap();
    assert_eq!(phase(&now), Phase::Active);
    let Facts::Invoice(facts) = &paid.facts else { panic!("{paid:?}") };
    assert_eq!((paid.object.as_str(), facts.status), ("inv_2", InvoiceStatus::Paid));
    assert_eq!(facts.covers_until().unwrap().unix_seconds(), END);
    assert_eq!(paid.refers_to, ["sub_1", "pay_1", "order_1"]);
    assert_eq!((now.environment, paid.as_of), (hos_domain::billing::Environment::Sandbox, now.as_of));
}

/// The period that is shown while a charge is behind may be the one that nobody has paid for.
#[tokio::test]
async fn while_a_charge_is_behind_only_an_invoice_that_says_its_period_tells_what_was_paid() {
    let server = server("pending").await;
    let mut dated = invoice("inv_1", "paid", START);
    (dated["billing_start"], dated["billing_end"]) = (json!(START - 9), json!(START));
    let invoices = [dated, invoice("inv_2", "paid", START + 9)];
    Mock::given(path("/v1/invoices")).respond_with(list(&invoices)).mount(&server).await;
    let observed = SubscriptionGateway::fetch(&gateway(&server), "sub_1").await.unwrap();
    let told: Vec<_> = observed.iter().map(|observation| observation.object.as_str()).collect();
    assert_eq!(told, ["sub_1", "inv_1"]);
}

#[tokio::test]
async fn an_end_with_the_cycle_is_remembered_because_nothing_of_it_shows() {
    let server = server("active").await;
    expect(&server, "cancel", json!({ "cancel_at_cycle_end": true }), "active").await;
    let observed = gateway(&server).cancel("sub_1", CancelAt::PeriodEnd, "key").await.unwrap();
    let [now, intent] = <[_; 2]>::try_from(observed).unwrap();
    assert_eq!((phase(&now), intent.object.as_str()), (Phase::Active, "cancel_intent/sub_1"));
    let Facts::CancelIntent(facts) = &intent.facts else { panic!("{intent:?}") };
    assert_eq!((facts.subscription.as_str(), facts.ends_at.unwrap().unix_seconds()), ("sub_1", END));
    assert_eq!((intent.refers_to, intent.customer.as_deref()), (vec!["sub_1".to_owned()], Some("cust_1")));
}

#[rstest]
#[case::at_once("active", CancelAt::Once)]
#[case::without_a_cycle("authenticated", CancelAt::PeriodEnd)]
#[case::in_arrears("pending", CancelAt::PeriodEnd)]
#[tokio::test]
async fn an_end_at_once_needs_no_remembering(#[case] status: &str, #[case] at: CancelAt) {
    let server = server(status).await;
    expect(&server, "cancel", json!({ "cancel_at_cycle_end": false }), "cancelled").await;
    let observed = gateway(&server).cancel("sub_1", at, "key").await.unwrap();
    assert_eq!(observed.len(), 1);
    assert!(phase(&observed[0]).is_terminal());
}

/// Razorpay has no key for these: what is so already is not asked for again.
#[tokio::test]
async fn what_is_so_already_is_not_asked_for_again() {
    let cancelled = server("cancelled").await;
    for at in [CancelAt::Once, CancelAt::PeriodEnd] {
        gateway(&cancelled).cancel("sub_1", at, "key").await.unwrap();
    }
    let paused = server("paused").await;
    gateway(&paused).pause("sub_1", "key").await.unwrap();
    let active = server("active").await;
    gateway(&active).resume("sub_1", Resumption::Collection, "key").await.unwrap();
    let same = PlanChange { subscription: "sub_1".into(), provider_price: "plan_1".into(), prorated_at: None };
    gateway(&active).change(&same, "key").await.unwrap();
    for server in [cancelled, paused, active] {
        assert_eq!(writes(&server).await, 0);
    }
}

#[tokio::test]
async fn collection_is_paused_and_resumed() {
    let active = server("active").await;
    expect(&active, "pause", json!({ "pause_at": "now" }), "paused").await;
    assert_eq!(phase(&gateway(&active).pause("sub_1", "key").await.unwrap()[0]), Phase::Paused);
    let paused = server("paused").await;
    expect(&paused, "resume", json!({ "resume_at": "now" }), "active").await;
    let resumed = gateway(&paused).resume("sub_1", Resumption::Collection, "key").await.unwrap();
    assert_eq!(phase(&resumed[0]), Phase::Active);
}

/// Razorpay cancels a subscription that is paused before its first charge.
#[rstest]
#[case("authenticated")]
#[case("created")]
#[case("pending")]
#[case("halted")]
#[tokio::test]
async fn what_does_not_run_is_not_paused(#[case] status: &str) {
    let server = server(status).await;
    let refused = gateway(&server).pause("sub_1", "key").await.unwrap_err();
    assert!(matches!(refused, GatewayError::InvalidRequest(_)));
    assert_eq!(writes(&server).await, 0);
}

#[tokio::test]
async fn a_cancellation_can_not_be_taken_back() {
    let server = server("active").await;
    let refused = gateway(&server).resume("sub_1", Resumption::Renewal, "key").await.unwrap_err();
    assert!(matches!(refused, GatewayError::Unsupported(_)));
}

#[rstest]
#[case("upi")]
#[case("emandate")]
#[tokio::test]
async fn a_mandate_for_one_plan_can_not_be_changed(#[case] method: &str) {
    let server = MockServer::start().await;
    let mut by_mandate = subscription("active");
    by_mandate["payment_method"] = json!(method);
    Mock::given(path("/v1/subscriptions/sub_1")).respond_with(answer(&by_mandate)).mount(&server).await;
    let change = PlanChange { subscription: "sub_1".into(), provider_price: "plan_year".into(), prorated_at: None };
    let refused = gateway(&server).change(&change, "key").await.unwrap_err();
    assert!(matches!(refused, GatewayError::Unsupported(_)));
    assert_eq!(writes(&server).await, 0);
}

/// A hundred months that remain must not become a hundred years.
#[tokio::test]
async fn a_change_of_plan_counts_what_remains_in_the_new_plans_cycles() {
    let server = server("active").await;
    let plan = json!({ "id": "plan_year", "period": "yearly", "interval": 1 });
    Mock::given(path("/v1/plans/plan_year")).respond_with(answer(&plan)).mount(&server).await;
    let mut changed = subscription("active");
    changed["plan_id"] = json!("plan_year");
    let body = json!({
        "plan_id": "plan_year", "remaining_count": 10, "schedule_change_at": "now", "customer_notify": true,
    });
    let patch = Mock::given(method("PATCH")).and(path("/v1/subscriptions/sub_1")).and(body_json(body));
    patch.respond_with(answer(&changed)).expect(1).mount(&server).await;
    let change = PlanChange { subscription: "sub_1".into(), provider_price: "plan_year".into(), prorated_at: None };
    let observed = gateway(&server).change(&change, "key").await.unwrap();
    let Facts::Subscription(facts) = &observed[0].facts else { panic!() };
    assert_eq!(facts.price.as_deref(), Some("plan_year"));
}

/// An answer is true as of before it was asked for, so that an event about anything later counts more.
#[tokio::test]
async fn an_answer_counts_less_than_an_event_of_the_same_second() {
    let server = server("active").await;
    Mock::given(path("/v1/invoices")).respond_with(list(&[])).mount(&server).await;
    let observed = SubscriptionGateway::fetch(&gateway(&server), "sub_1").await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(!requests.is_empty());
    #[expect(clippy::disallowed_methods, reason = "the server's own date is what is looked at")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(observed[0].as_of.unix_seconds() < i64::try_from(now).unwrap());
}
