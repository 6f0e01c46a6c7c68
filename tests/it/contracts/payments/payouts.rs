//! Payers and meters, payees and payments that are held for them: at what stands for Stripe.

use hos_domain::billing::{Hold, HoldStatus, MeterReading, NewCustomer, NewPayee, PayoutStatus, Share};
use hos_domain::kernel::{CountryCode, Currency, Email, GatewayError, Id, IdSource, Money, Timestamp};
use hos_local::OsIds;

use super::{Stage, World, key, stripe};

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::parse("USD").unwrap())
}

fn hold(world: &World, account: Option<&str>) -> Hold {
    Hold {
        customer: world.customer.clone(),
        payment_method: Some("pm_card".into()),
        amount: usd(5_000),
        share: account.map(|account| Share { account: account.to_owned(), commission: usd(1_000) }),
        reference: "session-1".into(),
    }
}

#[tokio::test]
async fn a_payee_is_ready_once_they_have_told_who_they_are() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let (gateway, [once, another]) = (world.gateways.payouts.clone().unwrap(), [key(), key()]);
    let payee = NewPayee {
        user: Id::new(OsIds.uuid()),
        email: Email::parse("coach@example.com").unwrap(),
        country: CountryCode::parse("DE").unwrap(),
    };
    let opened = gateway.open_account(&payee, &once).await.unwrap();
    assert_eq!(gateway.open_account(&payee, &once).await.unwrap(), opened);
    assert!(!opened.ready && opened.missing == ["external_account"]);
    let link =
        gateway.onboarding_link(&opened.account, "https://gym.example/done", "https://gym.example/again", &another);
    let link = link.await.unwrap();
    assert!(link.url.contains(&opened.account) && link.expires_at > Timestamp::EPOCH);
    assert_eq!(gateway.payouts(&opened.account, 10).await.unwrap(), []);
    server.onboarded(&opened.account);
    assert!(gateway.payee(&opened.account).await.unwrap().ready);
    let payouts = gateway.payouts(&opened.account, 10).await.unwrap();
    assert_eq!((payouts.len(), payouts[0].amount, payouts[0].status), (1, usd(4_000), PayoutStatus::InTransit));
    assert!(matches!(gateway.payee("acct_nobody").await, Err(GatewayError::NotFound)));
}

#[tokio::test]
async fn a_hold_is_captured_in_part_or_let_go() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let (gateway, once) = (world.gateways.payouts.clone().unwrap(), key());
    let held = gateway.authorize(&hold(&world, None), &once).await.unwrap();
    assert_eq!((held.status, held.capturable, held.captured), (HoldStatus::Held, usd(5_000), usd(0)));
    assert_eq!(gateway.authorize(&hold(&world, None), &once).await.unwrap(), held, "the same key holds once");
    let too_much = gateway.capture(&held.id, usd(5_001), None, &key()).await;
    assert!(matches!(too_much, Err(GatewayError::InvalidRequest(_))), "{too_much:?}");
    let taken = gateway.capture(&held.id, usd(2_500), None, &key()).await.unwrap();
    assert_eq!((taken.status, taken.capturable, taken.captured), (HoldStatus::Captured, usd(0), usd(2_500)));
    assert_eq!(gateway.held_payment(&held.id).await.unwrap(), taken);
    assert!(matches!(gateway.release(&held.id, &key()).await, Err(GatewayError::InvalidRequest(_))));
    let other = gateway.authorize(&hold(&world, None), &key()).await.unwrap();
    assert_eq!(gateway.release(&other.id, &key()).await.unwrap().status, HoldStatus::Released);
    let by_hand = gateway.authorize(&Hold { payment_method: None, ..hold(&world, None) }, &key()).await.unwrap();
    assert!(by_hand.status == HoldStatus::NeedsPayer && by_hand.client_secret.is_some());
    let nobodys = gateway.authorize(&hold(&world, Some("acct_nobody")), &key()).await;
    assert!(matches!(nobodys, Err(GatewayError::InvalidRequest(_))), "{nobodys:?}");
    server.decline(&world.customer);
    let declined = gateway.authorize(&hold(&world, None), &key()).await;
    assert_eq!(declined, Err(GatewayError::Declined { code: "insufficient_funds".into() }));
}

#[tokio::test]
async fn a_customer_is_made_once_and_erased_for_good() {
    let world = stripe().await;
    let Stage::Stripe(server) = &world.stage else { panic!() };
    let (gateway, once) = (world.gateways.customers.clone().unwrap(), key());
    let user = Id::new(OsIds.uuid());
    let customer = NewCustomer { user, email: Email::parse("ada@example.com").unwrap() };
    let id = gateway.create(&customer, &once).await.unwrap();
    assert_eq!(gateway.create(&customer, &once).await.unwrap(), id);
    assert_eq!(server.object(&id)["metadata"]["user_id"], user.to_string());
    for _ in 0..2 {
        gateway.delete(&world.customer).await.unwrap();
    }
    assert_eq!(server.object(&world.subscription)["status"], "canceled");
}

#[tokio::test]
async fn a_reading_counts_once() {
    let world = stripe().await;
    let gateway = world.gateways.usage.clone().unwrap();
    let reading = MeterReading {
        meter: "ai_tokens".into(),
        customer: world.customer.clone(),
        quantity: 12,
        at: Timestamp::from_unix_seconds(1_790_000_000).unwrap(),
        identifier: key(),
    };
    for _ in 0..2 {
        gateway.report(&reading).await.unwrap();
    }
    let nobodys = MeterReading { customer: "cus_of_nobody".into(), identifier: key(), ..reading };
    assert!(matches!(gateway.report(&nobodys).await, Err(GatewayError::InvalidRequest(_))));
}
