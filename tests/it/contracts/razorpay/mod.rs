//! Razorpay's gateways against a server that stands for it: what is fetched says what was told, each verb does what it
//! says, and whatever goes wrong on the way, nothing is done twice.

mod faults;
mod itself;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    CancelAt, Catalog, CheckoutGateway, CheckoutRequest, Environment, Facts, InvoiceGateway, Observation,
    ObservationSet, PlanChange, Provider, Received, RefundGateway, RefundOrder, RefundReason, Resumption, Source,
    Standing, Status, StoredWebhook, SubscriptionGateway, Translated, WebhookTranslator, derive,
};
use hos_domain::kernel::{Clock, Currency, Email, GatewayError, Id, Money, Timestamp};
use hos_http::{HttpClient, Patience};
use hos_local::SystemClock;
use hos_razorpay::{Razorpay, RazorpayConfig, RazorpayTranslator};
use hos_tests::{FakeRazorpay, Fault, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, RazorpayEvent};
use rstest::rstest;
use uuid::Uuid;

const MONTHLY: &str = "plan_premium_monthly_inr";

fn razorpay(server: &FakeRazorpay) -> Razorpay {
    let (key_id, key_secret) = (RAZORPAY_KEY_ID.to_owned(), RAZORPAY_KEY_SECRET.to_owned().into());
    let config = RazorpayConfig { key_id, key_secret, base_url: server.url.clone() };
    let patience = Patience { timeout: Duration::from_millis(800), tries: 2, first_wait: Duration::from_millis(1) };
    Razorpay::new(HttpClient::new().unwrap(), config, patience, Arc::new(SystemClock))
}

fn request(trial_days: u32) -> CheckoutRequest {
    CheckoutRequest {
        user: Id::new(Uuid::from_u128(7)),
        email: Email::parse("ada@example.com").unwrap(),
        customer: None,
        provider_price: MONTHLY.into(),
        trial_days,
        promotion_code: None,
        success_url: "https://gym.example/yes".into(),
        cancel_url: "https://gym.example/no".into(),
        idempotency_key: "hos-contract-of-razorpay".into(),
    }
}

/// A subscription that was opened and whose mandate was given.
async fn subscribed(server: &FakeRazorpay, trial_days: u32) -> String {
    let id = razorpay(server).open(&request(trial_days)).await.unwrap().provider_id;
    server.give_mandate(&id);
    id
}

fn told(events: &[RazorpayEvent]) -> Vec<Observation> {
    let read = |event: &RazorpayEvent| {
        let stored = StoredWebhook {
            id: Id::new(Uuid::nil()),
            provider: Provider::Razorpay,
            account: String::new(),
            event_id: event.id.clone(),
            kind: event.kind.clone(),
            headers: Vec::new(),
            body: event.body.clone().into_bytes(),
            received_at: Timestamp::EPOCH,
        };
        match RazorpayTranslator::new(Environment::Sandbox).translate(&stored).unwrap() {
            Translated::Observations(observations) => observations,
            other => panic!("{}: {other:?}", event.kind),
        }
    };
    events.iter().flat_map(read).collect()
}

fn standing(observations: &[Observation]) -> Standing {
    let received = |observation: &Observation| Received {
        observation: observation.clone(),
        source: Source::Webhook,
        received_at: Timestamp::EPOCH,
    };
    let set: ObservationSet = observations.iter().map(received).collect();
    let catalog = Catalog::parse(include_str!("../../../../config/plans.toml")).unwrap().with_sandbox_grants(true);
    derive(&set, &catalog)
}

fn status(observations: &[Observation]) -> Status {
    let standing = standing(observations);
    standing.subscriptions[0].status(SystemClock.now())
}

/// Facts of subscriptions and invoices, the latest of each object.
fn facts(observations: &[Observation]) -> BTreeMap<String, Facts> {
    let of_interest = |one: &&Observation| matches!(one.facts, Facts::Subscription(_) | Facts::Invoice(_));
    observations.iter().filter(of_interest).map(|one| (one.object.clone(), one.facts.clone())).collect()
}

#[rstest]
#[case::paid(0, false)]
#[case::a_trial(7, false)]
#[case::behind(0, true)]
#[tokio::test]
async fn what_is_fetched_says_what_was_told(#[case] trial_days: u32, #[case] behind: bool) {
    let server = FakeRazorpay::start().await;
    let id = subscribed(&server, trial_days).await;
    if behind {
        server.decline(true);
        server.end_cycle(&id);
    }
    let (events, fetched) =
        (told(&server.events()), SubscriptionGateway::fetch(&razorpay(&server), &id).await.unwrap());
    let mut told = facts(&events);
    // A try that failed is no invoice that is paid, which is all that is fetched.
    told.retain(|_, facts| !matches!(facts, Facts::Invoice(facts) if facts.attempt_failed));
    assert_eq!(facts(&fetched), told);
    let (of_events, of_fetch) = (standing(&events), standing(&fetched));
    assert_eq!(of_events.subscriptions[0].access, of_fetch.subscriptions[0].access);
    assert_eq!(of_fetch.subscriptions[0].plan.as_ref().unwrap().as_str(), "premium");
}

#[tokio::test]
async fn an_end_with_the_cycle_is_ours_to_remember_until_it_comes() {
    let server = FakeRazorpay::start().await;
    let (razorpay, id) = (razorpay(&server), subscribed(&server, 0).await);
    let mut known = told(&server.events());
    assert!(standing(&known).subscriptions[0].will_renew);
    server.wait(2);
    known.extend(razorpay.cancel(&id, CancelAt::PeriodEnd, "key").await.unwrap());
    let cancelling = &standing(&known).subscriptions[0];
    assert!(!cancelling.will_renew && cancelling.cancel_at == cancelling.paid_through);
    known.extend(SubscriptionGateway::fetch(&razorpay, &id).await.unwrap());
    assert!(!standing(&known).subscriptions[0].will_renew, "what is fetched does not show it, and takes nothing back");
    server.end_cycle(&id);
    known.extend(told(&server.events()));
    assert_eq!(status(&known), Status::Canceled);
    razorpay.cancel(&id, CancelAt::Once, "key").await.unwrap();
    assert!(matches!(razorpay.resume(&id, Resumption::Renewal, "key").await, Err(GatewayError::Unsupported(_))));
}

#[tokio::test]
async fn a_pause_a_change_and_an_end_are_answered_as_they_are_told() {
    let server = FakeRazorpay::start().await;
    let (razorpay, id) = (razorpay(&server), subscribed(&server, 0).await);
    let mut known = told(&server.events());
    let yearly =
        PlanChange { subscription: id.clone(), provider_price: "plan_premium_annual_inr".into(), prorated_at: None };
    for verb in ["pause", "resume", "change", "cancel"] {
        server.wait(3);
        let answered = match verb {
            "pause" => razorpay.pause(&id, "key").await,
            "resume" => razorpay.resume(&id, Resumption::Collection, "key").await,
            "change" => razorpay.change(&yearly, "key").await,
            _ => razorpay.cancel(&id, CancelAt::Once, "key").await,
        };
        let (answered, events) = (answered.unwrap(), told(&server.events()));
        assert_eq!(facts(&answered), facts(&events), "{verb}");
        known.extend(answered);
        known.extend(events);
    }
    assert_eq!(status(&known), Status::Canceled);
    assert_eq!(standing(&known).subscriptions[0].price.as_ref().unwrap().as_str(), "annual");
    assert_eq!(standing(&known).ambiguous.len(), 0);
}

#[tokio::test]
async fn a_trial_has_no_cycle_to_run_to_and_no_pause() {
    let server = FakeRazorpay::start().await;
    let (razorpay, id) = (razorpay(&server), subscribed(&server, 7).await);
    assert_eq!(status(&told(&server.events())), Status::Trialing);
    assert!(matches!(razorpay.pause(&id, "key").await, Err(GatewayError::InvalidRequest(_))));
    assert_eq!(server.object(&id)["status"], "authenticated", "it was not cancelled by the try");
    razorpay.cancel(&id, CancelAt::PeriodEnd, "key").await.unwrap();
    assert_eq!(server.object(&id)["status"], "cancelled");
}

#[tokio::test]
async fn a_refund_is_made_once_per_key_whatever_becomes_of_the_answer() {
    let server = FakeRazorpay::start().await;
    let razorpay = razorpay(&server);
    subscribed(&server, 0).await;
    let payment = server.ids("payment")[0].clone();
    let order = |minor| {
        let amount = Money::new(minor, Currency::parse("INR").unwrap());
        RefundOrder { payment: payment.clone(), amount, reason: RefundReason::RequestedByCustomer }
    };
    server.fail("POST", [Fault::LostAnswer]);
    let refunded = razorpay.refund(&order(10_000), "hos-refund-1").await.unwrap();
    assert_eq!(razorpay.refund(&order(10_000), "hos-refund-1").await.unwrap()[0].facts, refunded[0].facts);
    assert_eq!(server.ids("refund"), [refunded[0].object.clone()]);
    for (minor, key) in [(10_001, "hos-refund-1"), (39_901, "hos-refund-2")] {
        assert!(matches!(razorpay.refund(&order(minor), key).await, Err(GatewayError::InvalidRequest(_))));
    }
    let known = razorpay.fetch_payment(&payment).await.unwrap();
    let objects: Vec<_> = known.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(objects, [payment.as_str(), &server.ids("invoice")[0], &refunded[0].object]);
    assert_eq!(RefundGateway::fetch(&razorpay, &refunded[0].object).await.unwrap()[0].facts, refunded[0].facts);
}

#[tokio::test]
async fn invoices_are_listed_page_by_page_the_newest_first() {
    let server = FakeRazorpay::start().await;
    let (razorpay, id) = (razorpay(&server), subscribed(&server, 0).await);
    server.end_cycle(&id);
    let customer = server.object(&id)["customer_id"].as_str().unwrap().to_owned();
    let first = InvoiceGateway::list(&razorpay, &customer, None, 1).await.unwrap();
    let second = InvoiceGateway::list(&razorpay, &customer, first.next.as_deref(), 1).await.unwrap();
    let ids = [second.invoices[0].id.clone(), first.invoices[0].id.clone()];
    assert_eq!(ids.to_vec(), server.ids("invoice"));
    assert_eq!(first.invoices[0].period.unwrap().start, second.invoices[0].period.unwrap().end);
    assert_eq!(InvoiceGateway::list(&razorpay, "cust_x", None, 1).await.unwrap().invoices.len(), 0);
}

#[tokio::test]
async fn what_was_made_lately_is_listed_with_what_has_ended() {
    let server = FakeRazorpay::start().await;
    let (razorpay, id) = (razorpay(&server), subscribed(&server, 0).await);
    razorpay.cancel(&id, CancelAt::Once, "key").await.unwrap();
    let since = |seconds: i64| Timestamp::from_unix_seconds(seconds).unwrap();
    let made = server.object(&id)["created_at"].as_i64().unwrap();
    assert_eq!(razorpay.list_recent(since(made), None).await.unwrap().observations[0].object, id);
    assert_eq!(razorpay.list_recent(since(made + 1), None).await.unwrap().observations.len(), 0);
}
