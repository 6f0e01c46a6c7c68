//! What can be held against Razorpay itself, when `RAZORPAY_TEST_KEY_ID`, `RAZORPAY_TEST_KEY_SECRET` and
//! `RAZORPAY_TEST_PLAN` are set.

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{CancelAt, CheckoutGateway, CheckoutRequest, Status, SubscriptionGateway};
use hos_domain::kernel::{Clock, GatewayError, IdSource};
use hos_http::{HttpClient, Patience};
use hos_local::{OsIds, SystemClock};
use hos_razorpay::{Razorpay, RazorpayConfig};
use hos_tests::FakeRazorpay;

use super::{razorpay, request, status};

/// What can be done with a subscription whose payer never came, here and at Razorpay itself.
async fn is_opened_looked_at_listed_and_ended(razorpay: &Razorpay, request: &CheckoutRequest) {
    let begun = SystemClock.now() - Duration::from_secs(60);
    let id = razorpay.open(request).await.unwrap().provider_id;
    let fetched = SubscriptionGateway::fetch(razorpay, &id).await.unwrap();
    assert_eq!(status(&fetched), Status::Pending);
    assert_eq!(fetched[0].user, Some(request.user));
    assert!(fetched[0].as_of < SystemClock.now(), "as of before it was answered");
    let listed = razorpay.list_recent(begun, None).await.unwrap();
    assert!(listed.observations.iter().any(|one| one.object == id));
    let ended = razorpay.cancel(&id, CancelAt::Once, "key").await.unwrap();
    assert_eq!(status(&ended), Status::Canceled);
    assert_eq!(status(&razorpay.cancel(&id, CancelAt::PeriodEnd, "key").await.unwrap()), Status::Canceled);
    let unknown = SubscriptionGateway::fetch(razorpay, "sub_00000000000000").await;
    assert!(matches!(unknown, Err(GatewayError::NotFound)), "{unknown:?}");
}

#[tokio::test]
async fn a_subscription_is_opened_looked_at_listed_and_ended() {
    let server = FakeRazorpay::start().await;
    is_opened_looked_at_listed_and_ended(&razorpay(&server), &request(0)).await;
}

#[tokio::test]
async fn at_razorpay_itself_too_when_there_is_a_key() {
    let setting = |name: &str| {
        #[expect(clippy::disallowed_methods, reason = "a setting of the test suite itself")]
        let value = std::env::var(format!("RAZORPAY_TEST_{name}"));
        value.ok()
    };
    let (Some(key_id), Some(secret), Some(plan)) = (setting("KEY_ID"), setting("KEY_SECRET"), setting("PLAN")) else {
        return;
    };
    let config = RazorpayConfig { key_id, key_secret: secret.into(), base_url: "https://api.razorpay.com".to_owned() };
    let razorpay = Razorpay::new(HttpClient::new().unwrap(), config, Patience::default(), Arc::new(SystemClock));
    let key = format!("hos-{}", OsIds.uuid());
    is_opened_looked_at_listed_and_ended(
        &razorpay,
        &CheckoutRequest { provider_price: plan, idempotency_key: key, ..request(0) },
    )
    .await;
}
