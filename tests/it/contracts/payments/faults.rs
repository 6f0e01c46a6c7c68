//! A provider that is unwell: a clear error, nothing done twice, and the same request is right again afterwards.

use std::time::Duration;

use hos_domain::billing::{CancelAt, Gateways, RefundOrder, RefundReason};
use hos_domain::kernel::{Currency, GatewayError, Money};
use hos_http::Patience;
use hos_tests::{Fault, STRIPE_KEY};
use rstest::rstest;

use super::{Stage, World, key, of_refunds, of_subscription, quick, sandbox_at, stripe, stripe_at};

/// Gateways of the same server that try once only.
fn impatient(world: &World) -> Gateways {
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let patience = Patience { timeout: Duration::from_millis(300), tries: 1, ..quick() };
    stripe_at(&server.url, STRIPE_KEY, patience)
}

#[rstest]
#[case::server_error(Fault::Status(500), GatewayError::Unavailable)]
#[case::overloaded(Fault::Status(503), GatewayError::Unavailable)]
#[case::under_way(Fault::Status(409), GatewayError::Unavailable)]
#[case::asked_to_wait(Fault::Wait(7), GatewayError::RateLimited { retry_after: Some(Duration::from_secs(7)) })]
#[case::key_withdrawn(Fault::Status(401), GatewayError::Unauthorized)]
#[case::slow(Fault::Slow(Duration::from_secs(2)), GatewayError::Timeout)]
#[case::away(Fault::Away, GatewayError::Unavailable)]
#[case::lost(Fault::LostAnswer, GatewayError::Unavailable)]
#[case::truncated(Fault::Truncated, GatewayError::Unavailable)]
#[case::garbage(Fault::Garbage, GatewayError::Malformed(String::new()))]
#[tokio::test]
async fn each_fault_is_told_and_the_same_key_gives_money_back_once(#[case] fault: Fault, #[case] error: GatewayError) {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let (gateway, once) = (impatient(&world).refunds.unwrap(), key());
    let order = RefundOrder {
        payment: world.payment.clone(),
        amount: Money::new(300, Currency::parse("USD").unwrap()),
        reason: RefundReason::Duplicate,
    };
    server.fail([fault]);
    let failed = gateway.refund(&order, &once).await.unwrap_err();
    assert_eq!(std::mem::discriminant(&failed), std::mem::discriminant(&error), "{failed:?}");
    if let (GatewayError::RateLimited { .. }, wanted) = (&failed, &error) {
        assert_eq!(&failed, wanted);
    }
    gateway.refund(&order, &once).await.unwrap();
    let known = gateway.fetch_payment(&world.payment).await.unwrap();
    assert_eq!(of_refunds(&known).len(), 1);
}

/// The answer to the write is lost; the second try, within the same call, finds it done.
#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let gateway = world.subscriptions();
    gateway.fetch(&world.subscription).await.unwrap();
    for fault in [Fault::LostAnswer, Fault::Truncated, Fault::Status(500)] {
        let once = key();
        // The first request looks, the second one writes.
        server.fail([Fault::Slow(Duration::ZERO), fault]);
        let said = gateway.cancel(&world.subscription, CancelAt::PeriodEnd, &once).await.unwrap();
        assert!(of_subscription(&said).cancel_at.is_some());
        gateway.resume(&world.subscription, hos_domain::billing::Resumption::Renewal, &key()).await.unwrap();
    }
}

#[tokio::test]
async fn a_declined_change_leaves_everything_as_it_was() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    server.decline(&world.customer);
    let provider_price = world.dearer.to_owned();
    let change =
        hos_domain::billing::PlanChange { subscription: world.subscription.clone(), provider_price, prorated_at: None };
    let declined = world.subscriptions().change(&change, &key()).await;
    assert_eq!(declined, Err(GatewayError::Declined { code: "insufficient_funds".into() }));
    let said = world.subscriptions().fetch(&world.subscription).await.unwrap();
    assert_eq!(of_subscription(&said).price.as_deref(), Some(world.price));
}

#[rstest]
#[case::sandbox(sandbox_at("http://127.0.0.1:9"))]
#[case::stripe(stripe_at("http://127.0.0.1:9", STRIPE_KEY, quick()))]
#[tokio::test]
async fn a_provider_that_is_away_is_unavailable(#[case] gateways: Gateways) {
    let away = gateways.subscriptions.unwrap().cancel("sub_1", CancelAt::Once, &key()).await;
    assert_eq!(away, Err(GatewayError::Unavailable));
}
