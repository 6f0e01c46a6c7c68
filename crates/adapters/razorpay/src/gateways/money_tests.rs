//! Refunds, payments, invoices and lists against a server that stands for Razorpay, one answer at a time.

use hos_domain::billing::{
    Facts, InvoiceGateway, RefundGateway, RefundOrder, RefundReason, RefundStatus, SubscriptionGateway,
};
use hos_domain::kernel::{Currency, GatewayError, Money, Timestamp};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::tests::{END, START, answer, gateway, invoice, list, subscription};

fn refund(status: &str) -> Value {
    json!({
        "id": "rfnd_1", "entity": "refund", "payment_id": "pay_1", "amount": 100, "currency": "INR", "status": status,
        "created_at": START, "notes": [],
    })
}

fn order() -> RefundOrder {
    let amount = Money::new(100, Currency::parse("INR").unwrap());
    RefundOrder { payment: "pay_1".into(), amount, reason: RefundReason::Duplicate }
}

/// Refunds have a key, so a refund whose answer was lost is asked for again under it.
#[tokio::test]
async fn a_refund_is_made_once_however_often_it_is_asked_for() {
    let server = MockServer::start().await;
    let asked = || {
        let body = json!({ "amount": 100, "speed": "normal", "notes": { "reason": "duplicate" } });
        let asked = Mock::given(method("POST")).and(path("/v1/payments/pay_1/refund")).and(body_json(body));
        asked.and(header("x-refund-idempotency", "hos-0123456789"))
    };
    asked().respond_with(ResponseTemplate::new(502)).up_to_n_times(1).expect(1).mount(&server).await;
    asked().respond_with(answer(&refund("pending"))).expect(1).mount(&server).await;
    let observed = gateway(&server).refund(&order(), "hos-0123456789").await.unwrap();
    let Facts::Refund(facts) = &observed[0].facts else { panic!() };
    assert_eq!((facts.status, facts.amount.amount_minor), (RefundStatus::Pending, 100));
    assert_eq!(observed[0].refers_to, ["pay_1"]);
}

#[rstest]
#[case(409, "Refund is in progress", GatewayError::Unavailable)]
#[case(400, "The total refund amount is greater than the refund payment amount", GatewayError::InvalidRequest("The total refund amount is greater than the refund payment amount".into()))]
#[tokio::test]
async fn a_refund_that_can_not_be_says_why(#[case] status: u16, #[case] words: &str, #[case] error: GatewayError) {
    let server = MockServer::start().await;
    let body = json!({ "error": { "code": "BAD_REQUEST_ERROR", "description": words } });
    let refused = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(method("POST")).respond_with(refused).mount(&server).await;
    assert_eq!(gateway(&server).refund(&order(), "hos-0123456789").await, Err(error));
}

#[rstest]
#[case(&["inv_1", "inv_1/payment", "order_1", "pay_1"], Some("pay_1"))]
#[case(&["inv_1", "pay_1", "pay_1/invoice", "pay_2"], Some("pay_2"))]
#[case(&["inv_1", "order_1"], None)]
#[tokio::test]
async fn of_all_names_a_payment_is_refunded_by_its_own(#[case] names: &[&str], #[case] found: Option<&str>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let server = MockServer::start().await;
    assert_eq!(gateway(&server).payment_among(&names), found);
}

#[tokio::test]
async fn a_payment_leads_to_its_invoice_and_its_refunds() {
    let server = MockServer::start().await;
    let payment = json!({
        "id": "pay_1", "amount": 49_900, "currency": "INR", "status": "captured", "amount_refunded": 100,
        "invoice_id": "inv_1", "order_id": "order_1", "customer_id": "cust_1",
    });
    let mut paid = invoice("inv_1", "paid", START);
    (paid["billing_start"], paid["billing_end"]) = (json!(START), json!(END));
    for (place, body) in
        [("/v1/payments/pay_1", payment), ("/v1/invoices/inv_1", paid), ("/v1/refunds/rfnd_1", refund("failed"))]
    {
        Mock::given(path(place)).respond_with(answer(&body)).mount(&server).await;
    }
    Mock::given(path("/v1/payments/pay_1/refunds")).respond_with(list(&[refund("processed")])).mount(&server).await;
    let observed = gateway(&server).fetch_payment("pay_1").await.unwrap();
    let told: Vec<_> = observed.iter().map(|one| (one.object.as_str(), one.customer.as_deref())).collect();
    assert_eq!(told, [("pay_1", Some("cust_1")), ("inv_1", Some("cust_1")), ("rfnd_1", Some("cust_1"))]);
    let again = RefundGateway::fetch(&gateway(&server), "rfnd_1").await.unwrap();
    assert!(matches!(&again[0].facts, Facts::Refund(facts) if facts.status == RefundStatus::Failed));
}

#[tokio::test]
async fn invoices_are_listed_for_their_customer_and_nobody_else() {
    let server = MockServer::start().await;
    let page = Mock::given(path("/v1/invoices")).and(query_param("customer_id", "cust_1"));
    page.and(query_param("count", "1")).respond_with(list(&[invoice("inv_1", "paid", START)])).mount(&server).await;
    Mock::given(path("/v1/invoices/inv_1")).respond_with(answer(&invoice("inv_1", "paid", START))).mount(&server).await;
    let gateway = gateway(&server);
    let page = InvoiceGateway::list(&gateway, "cust_1", None, 1).await.unwrap();
    assert_eq!((page.invoices.len(), page.next.as_deref()), (1, Some("1")));
    let shown = InvoiceGateway::get(&gateway, "cust_1", "inv_1").await.unwrap();
    assert_eq!((&shown, shown.paid.amount_minor), (&page.invoices[0], 49_900));
    assert_eq!(shown.hosted_url.as_deref(), Some("https://rzp.io/i/inv"));
    assert_eq!(InvoiceGateway::get(&gateway, "cust_2", "inv_1").await, Err(GatewayError::NotFound));
}

#[tokio::test]
async fn what_was_made_lately_is_listed_page_by_page() {
    let server = MockServer::start().await;
    let full: Vec<_> = (0..100).map(|_| subscription("active")).collect();
    for (skip, items) in [("0", &full[..]), ("100", &full[..1])] {
        let page = Mock::given(path("/v1/subscriptions")).and(query_param("skip", skip)).and(query_param("from", "7"));
        page.respond_with(list(items)).mount(&server).await;
    }
    let (gateway, since) = (gateway(&server), Timestamp::from_unix_seconds(7).unwrap());
    let first = gateway.list_recent(since, None).await.unwrap();
    assert_eq!((first.observations.len(), first.next.as_deref()), (100, Some("100")));
    let last = gateway.list_recent(since, first.next.as_deref()).await.unwrap();
    assert_eq!((last.observations.len(), last.next), (1, None));
    assert_eq!(gateway.list_recent(since, Some("x")).await, Err(GatewayError::NotFound));
}
