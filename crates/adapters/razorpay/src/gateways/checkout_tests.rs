//! Against a server that stands for Razorpay, one answer at a time.

use std::time::Duration;

use hos_domain::billing::{CheckoutGateway, CheckoutRequest};
use hos_domain::kernel::{Email, GatewayError, Id};
use rstest::rstest;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::checkout::{KEY_NOTE, PAGE, offer};
use super::tests::{gateway, list};

fn request() -> CheckoutRequest {
    CheckoutRequest {
        user: Id::new(Uuid::from_u128(2)),
        email: Email::parse("ada@example.com").unwrap(),
        customer: None,
        provider_price: "plan_1".into(),
        trial_days: 7,
        promotion_code: None,
        success_url: "https://gym.example/yes".into(),
        cancel_url: "https://gym.example/no".into(),
        idempotency_key: "key-1".into(),
    }
}

fn made(id: &str, key: &str) -> Value {
    json!({
        "id": id, "entity": "subscription", "plan_id": "plan_1", "status": "created", "short_url": format!("https://rzp.io/i/{id}"),
        "notes": { KEY_NOTE: key, "user_id": Uuid::from_u128(2) },
    })
}

/// A server with a plan, whose list is empty.
async fn server() -> MockServer {
    let server = MockServer::start().await;
    let plan = json!({ "id": "plan_1", "entity": "plan", "period": "monthly", "interval": 1, "item": {} });
    Mock::given(path("/v1/plans/plan_1"))
        .respond_with(ResponseTemplate::new(200).set_body_json(plan))
        .mount(&server)
        .await;
    server
}

async fn lists(server: &MockServer, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path("/v1/subscriptions")).respond_with(answer).mount(server).await;
}

#[tokio::test]
async fn it_asks_for_a_subscription_that_names_our_user_and_our_key() {
    let server = server().await;
    Mock::given(method("GET"))
        .and(path("/v1/subscriptions"))
        .and(query_param("plan_id", "plan_1"))
        .and(query_param("from", "1789827200"))
        .respond_with(list(&[made("sub_of_another", "key-2")]))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/v1/subscriptions"))
        .and(header("authorization", "Basic cnpwX3Rlc3RfMTpzZWNyZXQ="))
        .and(body_partial_json(json!({
            "plan_id": "plan_1", "total_count": 120, "start_at": 1_790_604_800,
            "notes": { "user_id": "00000000-0000-0000-0000-000000000002", "checkout_key": "key-1", "trial_days": "7" },
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(made("sub_1", "key-1")))
        .expect(1)
        .mount(&server)
        .await;
    let opened = gateway(&server).open(&request()).await.unwrap();
    assert_eq!((opened.provider_id.as_str(), opened.url.as_str()), ("sub_1", "https://rzp.io/i/sub_1"));
}

#[tokio::test]
async fn without_a_trial_it_starts_at_once_and_nothing_calls_it_a_trial() {
    let server = server().await;
    lists(&server, list(&[])).await;
    let created = ResponseTemplate::new(200).set_body_json(made("sub_1", "key-1"));
    Mock::given(method("POST")).respond_with(created).mount(&server).await;
    gateway(&server).open(&CheckoutRequest { trial_days: 0, ..request() }).await.unwrap();
    let asked = server.received_requests().await.unwrap().pop().unwrap();
    let body: Value = serde_json::from_slice(&asked.body).unwrap();
    assert_eq!((body.get("start_at"), body["notes"].get("trial_days")), (None, None));
}

/// The list has more pages than one.
#[tokio::test]
async fn what_was_opened_under_the_key_is_found_and_nothing_is_made() {
    let server = server().await;
    let others: Vec<_> = (0..PAGE).map(|number| made(&format!("sub_{number}"), &format!("other-{number}"))).collect();
    let pages = Mock::given(method("GET")).and(path("/v1/subscriptions")).and(query_param("skip", "0"));
    pages.respond_with(list(&others)).mount(&server).await;
    let second = Mock::given(method("GET")).and(path("/v1/subscriptions")).and(query_param("skip", "100"));
    second.respond_with(list(&[made("sub_9", "key-1")])).mount(&server).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).expect(0).mount(&server).await;
    assert_eq!(gateway(&server).open(&request()).await.unwrap().provider_id, "sub_9");
}

/// A create is sent once. Its answer was lost; what it made is not.
#[rstest]
#[case::a_failure(ResponseTemplate::new(502))]
#[case::silence(ResponseTemplate::new(200).set_delay(Duration::from_secs(5)))]
#[case::nonsense(ResponseTemplate::new(200).set_body_string("<html>"))]
#[tokio::test]
async fn a_create_whose_answer_is_lost_is_found_again_and_never_repeated(#[case] lost: ResponseTemplate) {
    let server = server().await;
    let nothing_yet = Mock::given(method("GET")).and(path("/v1/subscriptions")).respond_with(list(&[]));
    nothing_yet.up_to_n_times(1).mount(&server).await;
    lists(&server, list(&[made("sub_1", "key-1")])).await;
    Mock::given(method("POST")).respond_with(lost).expect(1).mount(&server).await;
    assert_eq!(gateway(&server).open(&request()).await.unwrap().provider_id, "sub_1");
}

#[tokio::test]
async fn a_create_that_made_nothing_says_how_it_failed() {
    let server = server().await;
    lists(&server, list(&[])).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).expect(1).mount(&server).await;
    assert_eq!(gateway(&server).open(&request()).await.unwrap_err(), GatewayError::Unavailable);
}

/// Who can't look must not make.
#[tokio::test]
async fn nothing_is_made_while_the_list_can_not_be_read() {
    let server = server().await;
    lists(&server, ResponseTemplate::new(503)).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    assert_eq!(gateway(&server).open(&request()).await.unwrap_err(), GatewayError::Unavailable);
}

#[rstest]
#[case(400, "The plan id provided does not exist", GatewayError::NotFound)]
#[case(400, "Authentication failed", GatewayError::Unauthorized)]
#[case(400, "The api key provided is invalid", GatewayError::Unauthorized)]
#[case(401, "Authentication failed", GatewayError::Unauthorized)]
#[case(400, "total_count is required", GatewayError::InvalidRequest("total_count is required".into()))]
#[case(429, "Request limit exceeded", GatewayError::RateLimited { retry_after: None })]
#[tokio::test]
async fn each_refusal_says_what_can_be_done(#[case] status: u16, #[case] words: &str, #[case] error: GatewayError) {
    let server = server().await;
    lists(&server, list(&[])).await;
    let body = json!({ "error": { "code": "BAD_REQUEST_ERROR", "description": words } });
    let refused = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).respond_with(refused).expect(1).mount(&server).await;
    assert_eq!(gateway(&server).open(&request()).await.unwrap_err(), error);
}

#[rstest]
#[case(None, Ok(None))]
#[case(Some("offer_1"), Ok(Some("offer_1")))]
#[case(Some("SUMMER26"), Err(GatewayError::NotFound))]
#[case(Some("offer_1/../.."), Err(GatewayError::NotFound))]
fn only_an_offer_makes_it_cheaper(#[case] code: Option<&str>, #[case] found: Result<Option<&str>, GatewayError>) {
    let request = CheckoutRequest { promotion_code: code.map(Into::into), ..request() };
    assert_eq!(offer(&request), found);
}

#[tokio::test]
async fn what_is_no_plan_leads_nowhere() {
    let server = MockServer::start().await;
    let strange = CheckoutRequest { provider_price: "plan_1?x=/../".into(), ..request() };
    assert_eq!(gateway(&server).open(&strange).await.unwrap_err(), GatewayError::NotFound);
    assert!(server.received_requests().await.unwrap().is_empty());
}
