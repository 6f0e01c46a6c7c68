//! [`CheckoutGateway`]: our sandbox over real HTTP, servers that stand for Stripe and Razorpay, Stripe itself when
//! `STRIPE_TEST_KEY` and `STRIPE_TEST_PRICE` are set, and Razorpay itself when `RAZORPAY_TEST_KEY_ID`,
//! `RAZORPAY_TEST_KEY_SECRET` and `RAZORPAY_TEST_PLAN` are.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hos_domain::billing::{CheckoutGateway, CheckoutRequest};
use hos_domain::kernel::{Email, GatewayError, Id, IdSource};
use hos_http::{HttpClient, Patience};
use hos_local::{DataKey, OsIds, SystemClock};
use hos_razorpay::{Razorpay, RazorpayConfig};
use hos_sandbox::SandboxGateway;
use hos_sql::Engine;
use hos_stripe::{Stripe, StripeConfig};
use hos_tests::{FakeRazorpay, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, TestApp};
use rstest::rstest;
use serde_json::json;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

const DATA_KEY: &str = "a data key for the contract of checkouts";

/// What stands for Stripe: the same key gives the same session, another body under it is refused, and so is another key.
async fn stripe_like() -> MockServer {
    let server = MockServer::start().await;
    let known: Mutex<Vec<(String, Vec<u8>)>> = Mutex::default();
    let sessions = move |request: &Request| {
        let key = request.headers["idempotency-key"].to_str().unwrap().to_owned();
        let mut known = known.lock().unwrap();
        let number = known.iter().position(|(other, _)| *other == key).unwrap_or(known.len());
        match known.get(number) {
            Some((_, body)) if *body != request.body => {
                let error = json!({ "error": { "type": "idempotency_error", "message": "Keys can only be reused." } });
                return ResponseTemplate::new(400).set_body_json(error);
            }
            Some(_) => {}
            None => known.push((key, request.body.clone())),
        }
        let id = format!("cs_test_{number}");
        let url = format!("https://checkout.stripe.com/c/pay/{id}");
        ResponseTemplate::new(200).set_body_json(json!({ "id": id, "object": "checkout.session", "url": url }))
    };
    let admitted = Mock::given(method("POST")).and(path("/v1/checkout/sessions"));
    admitted.and(header("authorization", "Bearer sk_test_good")).respond_with(sessions).mount(&server).await;
    let error = json!({ "error": { "type": "invalid_request_error", "message": "Invalid API Key provided" } });
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401).set_body_json(error)).mount(&server).await;
    server
}

fn stripe(base_url: &str, api_key: &str) -> Box<dyn CheckoutGateway> {
    let config = StripeConfig { api_key: api_key.to_owned().into(), base_url: base_url.to_owned() };
    Box::new(Stripe::new(HttpClient::new().unwrap(), config, quick()))
}

fn razorpay(base_url: &str, key_id: &str, key_secret: &str) -> Box<dyn CheckoutGateway> {
    let (key_id, key_secret) = (key_id.to_owned(), key_secret.to_owned().into());
    let config = RazorpayConfig { key_id, key_secret, base_url: base_url.to_owned() };
    Box::new(Razorpay::new(HttpClient::new().unwrap(), config, quick(), Arc::new(SystemClock)))
}

fn quick() -> Patience {
    Patience { timeout: Duration::from_secs(20), tries: 2, first_wait: Duration::from_millis(1) }
}

fn sandbox(base_url: &str, data_key: &str) -> Box<dyn CheckoutGateway> {
    let key = DataKey::parse(&data_key.to_owned().into()).unwrap().derive("sandbox api key");
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Box::new(SandboxGateway::new(HttpClient::new().unwrap(), base_url, key.into()))
}

fn request(key: &str, price: &str) -> CheckoutRequest {
    CheckoutRequest {
        user: Id::new(uuid::Uuid::from_u128(7)),
        email: Email::parse("ada@example.com").unwrap(),
        provider_price: price.to_owned(),
        trial_days: 0,
        customer: None,
        promotion_code: None,
        success_url: "https://gym.example/yes".into(),
        cancel_url: "https://gym.example/no".into(),
        idempotency_key: key.to_owned(),
    }
}

/// The contract.
async fn keeps_the_contract(gateway: &dyn CheckoutGateway, price: &str) {
    let [first, other] = [(); 2].map(|()| OsIds.uuid().to_string());
    let order = request(&first, price);
    let opened = gateway.open(&order).await.unwrap();
    assert!(opened.url.starts_with("http") && !opened.provider_id.is_empty(), "{opened:?}");
    assert_eq!(gateway.open(&order).await.unwrap(), opened, "the same key gives the same checkout");
    let another = gateway.open(&request(&other, price)).await.unwrap();
    assert_ne!((&another.provider_id, &another.url), (&opened.provider_id, &opened.url));
    assert_ne!(another.url, opened.url);
}

async fn refuses_a_stranger(gateway: &dyn CheckoutGateway, price: &str) {
    let refused = gateway.open(&request("key-1", price)).await;
    assert!(matches!(refused, Err(GatewayError::Unauthorized)), "{refused:?}");
}

#[tokio::test]
async fn the_sandbox_keeps_the_contract() {
    let app = TestApp::builder(Engine::Sqlite).await.set("DATA_KEY", DATA_KEY).start().await;
    keeps_the_contract(&*sandbox(&app.url, DATA_KEY), "premium/monthly/USD").await;
    refuses_a_stranger(&*sandbox(&app.url, "another data key, of another installation"), "premium/monthly/USD").await;
    let unknown = sandbox(&app.url, DATA_KEY).open(&request("key-2", "no/such/price")).await;
    assert!(matches!(unknown, Err(GatewayError::InvalidRequest(_) | GatewayError::NotFound)), "{unknown:?}");
}

#[tokio::test]
async fn stripe_keeps_the_contract() {
    let server = stripe_like().await;
    keeps_the_contract(&*stripe(&server.uri(), "sk_test_good"), "price_1").await;
    refuses_a_stranger(&*stripe(&server.uri(), "sk_test_wrong"), "price_1").await;
}

#[tokio::test]
async fn stripe_itself_keeps_the_contract_when_there_is_a_key() {
    #[expect(clippy::disallowed_methods, reason = "a setting of the test suite itself")]
    let settings = (std::env::var("STRIPE_TEST_KEY"), std::env::var("STRIPE_TEST_PRICE"));
    let (Ok(key), Ok(price)) = settings else { return };
    keeps_the_contract(&*stripe("https://api.stripe.com", &key), &price).await;
    refuses_a_stranger(&*stripe("https://api.stripe.com", "sk_test_of_nobody"), &price).await;
}

#[tokio::test]
async fn razorpay_keeps_the_contract() {
    let (server, plan) = (FakeRazorpay::start().await, "plan_premium_monthly_inr");
    keeps_the_contract(&*razorpay(&server.url, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET), plan).await;
    refuses_a_stranger(&*razorpay(&server.url, RAZORPAY_KEY_ID, "another secret"), plan).await;
    let unknown = razorpay(&server.url, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET).open(&request("key-2", "plan_x")).await;
    assert!(matches!(unknown, Err(GatewayError::NotFound)), "{unknown:?}");
}

#[tokio::test]
async fn razorpay_itself_keeps_the_contract_when_there_is_a_key() {
    let setting = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "a setting of the test suite itself")]
        let value = std::env::var(format!("RAZORPAY_TEST_{name}"));
        value.ok()
    };
    let (Some(id), Some(secret), Some(plan)) = (setting("KEY_ID"), setting("KEY_SECRET"), setting("PLAN")) else {
        return;
    };
    keeps_the_contract(&*razorpay("https://api.razorpay.com", &id, &secret), &plan).await;
    refuses_a_stranger(&*razorpay("https://api.razorpay.com", "rzp_test_of_nobody", "nothing"), &plan).await;
}

#[rstest]
#[case::razorpay(razorpay("http://127.0.0.1:9", RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET))]
#[case::sandbox(sandbox("http://127.0.0.1:9", DATA_KEY))]
#[case::stripe(stripe("http://127.0.0.1:9", "sk_test_good"))]
#[tokio::test]
async fn a_provider_that_is_away_is_unavailable(#[case] gateway: Box<dyn CheckoutGateway>) {
    let away = gateway.open(&request("key-1", "price_1")).await;
    assert!(matches!(away, Err(GatewayError::Unavailable)), "{away:?}");
}
