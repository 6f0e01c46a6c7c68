//! The verbs of a subscription, and what a change would cost.

use hos_domain::billing::{CancelAt, Facts, InvoiceStatus, Phase, PlanChange, Resumption};
use hos_domain::kernel::{GatewayError, Timestamp};

use super::{World, is_active, key, of_subscription, razorpay, sandbox, stripe};

fn to(world: &World, price: &str) -> PlanChange {
    PlanChange { subscription: world.subscription.clone(), provider_price: price.to_owned(), prorated_at: None }
}

async fn a_look_tells_the_subscription_and_its_invoice(world: &World) {
    let said = world.subscriptions().fetch(&world.subscription).await.unwrap();
    assert!(is_active(of_subscription(&said)));
    assert_eq!(of_subscription(&said).price.as_deref(), Some(world.price));
    assert!(said.iter().all(|one| one.customer.as_deref() == Some(world.customer.as_str())), "{said:?}");
    let paid =
        said.iter().any(|one| matches!(&one.facts, Facts::Invoice(facts) if facts.status == InvoiceStatus::Paid));
    assert!(paid, "{said:?}");
    for nobody in ["sub_of_nobody", "scus_1_ssub_1", "", "../customers"] {
        let unknown = world.subscriptions().fetch(nobody).await;
        assert!(matches!(unknown, Err(GatewayError::NotFound)), "{nobody:?}: {unknown:?}");
    }
}

async fn a_cancel_is_scheduled_and_taken_back(world: &World) {
    let (gateway, once) = (world.subscriptions(), key());
    let said = gateway.cancel(&world.subscription, CancelAt::PeriodEnd, &once).await.unwrap();
    let cancelled = of_subscription(&said).clone();
    assert_eq!((cancelled.phase, cancelled.cancel_at), (Phase::Active, cancelled.period.map(|period| period.end)));
    for again in [once, key()] {
        let said = gateway.cancel(&world.subscription, CancelAt::PeriodEnd, &again).await.unwrap();
        assert_eq!(of_subscription(&said), &cancelled, "to cancel again changes nothing");
    }
    for again in [key(), key()] {
        let said = gateway.resume(&world.subscription, Resumption::Renewal, &again).await.unwrap();
        assert!(is_active(of_subscription(&said)));
    }
}

async fn a_change_costs_what_its_preview_said(world: &World) {
    let (gateway, once) = (world.subscriptions(), key());
    let preview = world.gateways.previews.as_ref().unwrap().preview(&to(world, world.dearer)).await.unwrap();
    let due = preview.due_now.amount_minor;
    assert!(due > 0 && preview.credit.amount_minor > 0, "{preview:?}");
    assert_eq!(due, preview.charge.amount_minor - preview.credit.amount_minor);
    assert!(is_active(of_subscription(&gateway.fetch(&world.subscription).await.unwrap())), "asking changes nothing");
    let change = PlanChange { prorated_at: Some(preview.prorated_at), ..to(world, world.dearer) };
    for _ in 0..2 {
        let said = gateway.change(&change, &once).await.unwrap();
        assert_eq!(of_subscription(&said).price.as_deref(), Some(world.dearer));
    }
    let invoices = world.invoices().list(&world.customer, None, 10).await.unwrap().invoices;
    assert_eq!((invoices.len(), invoices[0].paid), (2, preview.due_now), "it was charged once");
}

async fn a_change_that_can_not_be_changes_nothing(world: &World) {
    let refused = world.subscriptions().change(&to(world, "no/such/price"), &key()).await;
    assert!(matches!(refused, Err(GatewayError::InvalidRequest(_))), "{refused:?}");
    let said = world.subscriptions().fetch(&world.subscription).await.unwrap();
    assert_eq!(of_subscription(&said).price.as_deref(), Some(world.price));
}

async fn a_pause_goes_on_until_it_is_ended(world: &World) {
    let gateway = world.subscriptions();
    for _ in 0..2 {
        let said = gateway.pause(&world.subscription, &key()).await.unwrap();
        assert_eq!(of_subscription(&said).phase, Phase::Paused);
    }
    let paid = of_subscription(&gateway.fetch(&world.subscription).await.unwrap()).period;
    for _ in 0..2 {
        let said = gateway.resume(&world.subscription, Resumption::Collection, &key()).await.unwrap();
        assert!(is_active(of_subscription(&said)));
        assert_eq!(of_subscription(&said).period, paid, "what was paid for is used up first");
    }
    gateway.pause(&world.subscription, &key()).await.unwrap();
    world.wait_days(45).await;
    let said = gateway.resume(&world.subscription, Resumption::Collection, &key()).await.unwrap();
    let period = of_subscription(&said).period.unwrap();
    assert!(is_active(of_subscription(&said)) && period.start >= paid.unwrap().end, "a new period begins: {period:?}");
}

async fn what_is_paused_can_be_cancelled_too(world: &World) {
    let gateway = world.subscriptions();
    gateway.pause(&world.subscription, &key()).await.unwrap();
    let said = gateway.cancel(&world.subscription, CancelAt::PeriodEnd, &key()).await.unwrap();
    let facts = of_subscription(&said);
    assert!(facts.phase == Phase::Paused && facts.cancel_at.is_some(), "{facts:?}");
}

async fn an_end_is_for_good(world: &World) {
    let gateway = world.subscriptions();
    for _ in 0..2 {
        let said = gateway.cancel(&world.subscription, CancelAt::Once, &key()).await.unwrap();
        assert!(of_subscription(&said).phase.is_terminal() && of_subscription(&said).ended_at.is_some());
    }
    let revived = gateway.change(&to(world, world.dearer), &key()).await;
    assert!(matches!(revived, Err(GatewayError::InvalidRequest(_))), "{revived:?}");
    let paused = gateway.pause(&world.subscription, &key()).await;
    assert!(matches!(paused, Err(GatewayError::InvalidRequest(_))), "{paused:?}");
}

async fn recent_ones_are_listed(world: &World) {
    let page = world.subscriptions().list_recent(Timestamp::EPOCH, None).await.unwrap();
    assert!(page.observations.iter().any(|one| one.object == world.subscription));
    assert_eq!(page.next, None);
    let later = Timestamp::parse("2199-01-01T00:00:00Z").unwrap();
    assert!(world.subscriptions().list_recent(later, None).await.unwrap().observations.is_empty());
}

/// Each promise on a provider of its own.
macro_rules! promises {
    ($($promise:ident),* $(,)?) => {
        mod on_our_sandbox {
            $(#[tokio::test] async fn $promise() { super::$promise(&super::sandbox().await).await; })*
        }
        mod on_what_stands_for_stripe {
            $(#[tokio::test] async fn $promise() { super::$promise(&super::stripe().await).await; })*
        }
    };
}

promises!(
    a_look_tells_the_subscription_and_its_invoice,
    a_cancel_is_scheduled_and_taken_back,
    a_change_costs_what_its_preview_said,
    a_change_that_can_not_be_changes_nothing,
    a_pause_goes_on_until_it_is_ended,
    what_is_paused_can_be_cancelled_too,
    an_end_is_for_good,
    recent_ones_are_listed,
);

/// What Razorpay can do of it: it previews nothing, and a cancellation neither shows there nor can be taken back.
macro_rules! promises_of_razorpay {
    ($($promise:ident),* $(,)?) => {
        mod on_what_stands_for_razorpay {
            $(#[tokio::test] async fn $promise() { super::$promise(&super::razorpay().await).await; })*
        }
    };
}

promises_of_razorpay!(
    a_look_tells_the_subscription_and_its_invoice,
    a_change_that_can_not_be_changes_nothing,
    a_pause_goes_on_until_it_is_ended,
    an_end_is_for_good,
    recent_ones_are_listed,
);

/// On a subscription that the settings name, which is left as it was.
#[tokio::test]
#[ignore = "needs an account at Stripe: set STRIPE_TEST_KEY, STRIPE_TEST_SUBSCRIPTION and STRIPE_TEST_OTHER_PRICE"]
async fn stripe_itself_keeps_the_contract() {
    #[expect(clippy::disallowed_methods, reason = "settings of the test suite itself")]
    let setting = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set"));
    let (subscription, other) = (setting("STRIPE_TEST_SUBSCRIPTION"), setting("STRIPE_TEST_OTHER_PRICE"));
    let gateways = super::stripe_at("https://api.stripe.com", &setting("STRIPE_TEST_KEY"), super::quick());
    let gateway = gateways.subscriptions.clone().unwrap();
    let before = of_subscription(&gateway.fetch(&subscription).await.unwrap()).clone();
    let said = gateway.cancel(&subscription, CancelAt::PeriodEnd, &key()).await.unwrap();
    assert!(of_subscription(&said).cancel_at.is_some());
    let said = gateway.resume(&subscription, Resumption::Renewal, &key()).await.unwrap();
    assert_eq!(of_subscription(&said).cancel_at, None);
    let change = PlanChange { subscription: subscription.clone(), provider_price: other, prorated_at: None };
    let preview = gateways.previews.unwrap().preview(&change).await.unwrap();
    let net = preview.charge.amount_minor - preview.credit.amount_minor;
    assert!(preview.due_now.amount_minor <= net.max(0), "{preview:?}");
    assert_eq!(of_subscription(&gateway.fetch(&subscription).await.unwrap()).price, before.price);
}
