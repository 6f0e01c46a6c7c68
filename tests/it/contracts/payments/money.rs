//! Refunds, invoices, and the page for customers.

use hos_domain::billing::{CheckoutRequest, PortalVisit, RefundOrder, RefundReason, RefundStatus};
use hos_domain::kernel::{Currency, Email, GatewayError, Id, IdSource, Money};
use hos_local::OsIds;

use super::{Stage, World, key, of_refunds, razorpay, sandbox, stripe};

fn order(world: &World, minor: i64) -> RefundOrder {
    RefundOrder {
        payment: world.payment.clone(),
        amount: Money::new(minor, Currency::parse(world.currency).unwrap()),
        reason: RefundReason::RequestedByCustomer,
    }
}

async fn money_is_given_back_once_per_key_and_never_too_much(world: &World) {
    let (gateway, once) = (world.refunds(), key());
    for _ in 0..2 {
        let said = gateway.refund(&order(world, 300), &once).await.unwrap();
        let refunds = of_refunds(&said);
        assert!(refunds.iter().all(|one| one.amount.amount_minor == 300 && one.status == RefundStatus::Succeeded));
        assert!(said.iter().any(|one| one.refers_to.contains(&world.payment)), "{said:?}");
    }
    let other = gateway.refund(&order(world, 301), &once).await;
    assert!(matches!(other, Err(GatewayError::InvalidRequest(_))), "{other:?}");
    let too_much = gateway.refund(&order(world, 700), &key()).await;
    assert!(matches!(too_much, Err(GatewayError::InvalidRequest(_))), "{too_much:?}");
    gateway.refund(&order(world, 699), &key()).await.unwrap();
    let nothing_left = gateway.refund(&order(world, 1), &key()).await;
    assert!(matches!(nothing_left, Err(GatewayError::InvalidRequest(_))), "{nothing_left:?}");
    let known = gateway.fetch_payment(&world.payment).await.unwrap();
    let mut amounts: Vec<_> = of_refunds(&known).iter().map(|refund| refund.amount.amount_minor).collect();
    amounts.sort_unstable();
    assert_eq!(amounts, [300, 699]);
    let refund = known.iter().find(|one| of_refunds(std::slice::from_ref(*one)).len() == 1).unwrap();
    let again = gateway.fetch(&refund.object).await.unwrap();
    assert_eq!((&again[0].object, &again[0].facts), (&refund.object, &refund.facts));
}

async fn what_nobody_paid_is_not_given_back(world: &World) {
    let order = RefundOrder { payment: "pi_of_nobody".into(), ..order(world, 1) };
    let unknown = world.refunds().refund(&order, &key()).await;
    assert!(matches!(unknown, Err(GatewayError::InvalidRequest(_) | GatewayError::NotFound)), "{unknown:?}");
    let unknown = world.refunds().fetch_payment("pi_of_nobody").await;
    assert!(matches!(unknown, Err(GatewayError::NotFound)), "{unknown:?}");
}

async fn invoices_are_listed_page_by_page(world: &World) {
    let gateway = world.invoices();
    let subscription = world.subscription.clone();
    let provider_price = world.dearer.to_owned();
    let change = hos_domain::billing::PlanChange { subscription, provider_price, prorated_at: None };
    world.subscriptions().change(&change, &key()).await.unwrap();
    let first = gateway.list(&world.customer, None, 1).await.unwrap();
    let rest = gateway.list(&world.customer, first.next.as_deref(), 1).await.unwrap();
    let [newest, oldest] = [&first.invoices[0], &rest.invoices[0]];
    assert_eq!((first.invoices.len(), rest.invoices.len(), &rest.next), (1, 1, &None));
    assert_eq!((oldest.payment.as_ref(), oldest.paid.amount_minor), (Some(&world.payment), 999));
    assert!(newest.created_at >= oldest.created_at && newest.id != oldest.id);
    assert!(oldest.hosted_url.as_ref().is_some_and(|url| url.starts_with("http") && url.contains(&oldest.id)));
    assert_eq!(oldest.subscription.as_ref(), Some(&world.subscription));
    assert_eq!(&gateway.get(&world.customer, &oldest.id).await.unwrap(), oldest);
    let nobodys = gateway.get(&world.customer, "in_of_nobody").await;
    assert!(matches!(nobodys, Err(GatewayError::NotFound)), "{nobodys:?}");
}

async fn the_portal_is_opened_for_customers_only(world: &World) {
    let visit =
        |customer: &str| PortalVisit { customer: customer.into(), return_url: "https://gym.example/?a=1&b=2".into() };
    let url = world.portal().open(&visit(&world.customer), &key()).await.unwrap();
    assert!(url.starts_with("http") && url.contains(&world.customer), "{url}");
    let nobody = world.portal().open(&visit("cus_of_nobody"), &key()).await;
    assert!(matches!(nobody, Err(GatewayError::InvalidRequest(_) | GatewayError::NotFound)), "{nobody:?}");
}

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
    money_is_given_back_once_per_key_and_never_too_much,
    what_nobody_paid_is_not_given_back,
    invoices_are_listed_page_by_page,
    the_portal_is_opened_for_customers_only,
);

mod on_what_stands_for_razorpay {
    #[tokio::test]
    async fn money_is_given_back_once_per_key_and_never_too_much() {
        super::money_is_given_back_once_per_key_and_never_too_much(&super::razorpay().await).await;
    }

    #[tokio::test]
    async fn what_nobody_paid_is_not_given_back() {
        super::what_nobody_paid_is_not_given_back(&super::razorpay().await).await;
    }
}

fn checkout(code: Option<&str>, customer: Option<String>) -> CheckoutRequest {
    CheckoutRequest {
        user: Id::new(OsIds.uuid()),
        email: Email::parse("ada@example.com").unwrap(),
        customer,
        provider_price: "price_premium_monthly_usd".into(),
        trial_days: 0,
        promotion_code: code.map(str::to_owned),
        success_url: "https://gym.example/yes".into(),
        cancel_url: "https://gym.example/no".into(),
        idempotency_key: key(),
    }
}

#[tokio::test]
async fn stripe_is_told_the_customer_and_the_promotion_code() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let gateway = world.gateways.checkout.clone().unwrap();
    server.promote("SUMMER26");
    let opened = gateway.open(&checkout(Some("SUMMER26"), Some(world.customer.clone()))).await.unwrap();
    let asked = &server.object(&opened.provider_id)["asked"];
    assert_eq!(asked["discounts"]["0"]["promotion_code"], "promo_SUMMER26");
    assert_eq!((asked["customer"].as_str(), asked.get("customer_email")), (Some(world.customer.as_str()), None));
    let unknown = gateway.open(&checkout(Some("WINTER"), None)).await;
    assert!(matches!(unknown, Err(GatewayError::NotFound)), "{unknown:?}");
}
