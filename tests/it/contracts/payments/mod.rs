//! What every payment provider must keep to: our sandbox over real HTTP, servers that stand for Stripe and for Razorpay
//! (as far as it can do it), and Stripe itself when `STRIPE_TEST_KEY`, `STRIPE_TEST_SUBSCRIPTION` and `STRIPE_TEST_OTHER_PRICE` are set.

mod faults;
mod money;
mod payouts;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use hos_domain::billing::{
    CheckoutRequest, Facts, Gateways, InvoiceGateway, Observation, Phase, PortalGateway, RefundFacts, RefundGateway,
    SubscriptionFacts, SubscriptionGateway,
};
use hos_domain::kernel::{Email, Id, IdSource};
use hos_http::{HttpClient, Patience};
use hos_local::{DataKey, OsIds, SystemClock};
use hos_razorpay::{Razorpay, RazorpayConfig};
use hos_sandbox::SandboxGateway;
use hos_sql::Engine;
use hos_stripe::{Stripe, StripeConfig};
use hos_tests::{FakeRazorpay, FakeStripe, RAZORPAY_KEY_ID, RAZORPAY_KEY_SECRET, STRIPE_KEY, TestApp};

const DATA_KEY: &str = "a data key for the contract of payments";

/// A provider with a customer who has just paid for a month.
struct World {
    gateways: Gateways,
    customer: String,
    subscription: String,
    payment: String,
    /// The price they pay.
    price: &'static str,
    /// One that costs more, and is charged as often.
    dearer: &'static str,
    currency: &'static str,
    stage: Stage,
}

/// What stands behind it.
enum Stage {
    Sandbox(Box<TestApp>),
    Stripe(FakeStripe),
    Razorpay(FakeRazorpay),
}

impl World {
    fn subscriptions(&self) -> Arc<dyn SubscriptionGateway> {
        self.gateways.subscriptions.clone().unwrap()
    }

    fn refunds(&self) -> Arc<dyn RefundGateway> {
        self.gateways.refunds.clone().unwrap()
    }

    fn invoices(&self) -> Arc<dyn InvoiceGateway> {
        self.gateways.invoices.clone().unwrap()
    }

    fn portal(&self) -> Arc<dyn PortalGateway> {
        self.gateways.portal.clone().unwrap()
    }

    /// So many days pass; nothing is renewed meanwhile.
    async fn wait_days(&self, days: u32) {
        match &self.stage {
            Stage::Sandbox(app) => drop(app.advance(days).await),
            Stage::Stripe(server) => server.wait_days(days.into()),
            Stage::Razorpay(server) => server.wait(i64::from(days) * 86_400),
        }
    }
}

fn key() -> String {
    OsIds.uuid().to_string()
}

fn quick() -> Patience {
    Patience { timeout: Duration::from_secs(5), tries: 2, first_wait: Duration::from_millis(1) }
}

fn stripe_at(base_url: &str, key: &str, patience: Patience) -> Gateways {
    let config = StripeConfig { api_key: key.to_owned().into(), base_url: base_url.to_owned() };
    Arc::new(Stripe::new(HttpClient::new().unwrap(), config, patience)).gateways()
}

async fn stripe() -> World {
    let server = FakeStripe::start().await;
    let price = "price_premium_monthly_usd";
    let (customer, subscription, payment) = server.subscribed(&key(), price);
    World {
        gateways: stripe_at(&server.url, STRIPE_KEY, quick()),
        customer,
        subscription,
        payment,
        price,
        dearer: "price_coach_plus_monthly_usd",
        currency: "USD",
        stage: Stage::Stripe(server),
    }
}

/// A plan that costs what the others' prices do.
async fn razorpay() -> World {
    let server = FakeRazorpay::start().await;
    server.know_plan("plan_small", 999, "INR");
    let config = RazorpayConfig {
        key_id: RAZORPAY_KEY_ID.to_owned(),
        key_secret: RAZORPAY_KEY_SECRET.to_owned().into(),
        base_url: server.url.clone(),
    };
    let razorpay = Razorpay::new(HttpClient::new().unwrap(), config, quick(), Arc::new(SystemClock));
    let gateways = Arc::new(razorpay).gateways();
    let request = CheckoutRequest {
        user: Id::new(OsIds.uuid()),
        email: Email::parse("asha@example.com").unwrap(),
        customer: None,
        provider_price: "plan_small".into(),
        trial_days: 0,
        promotion_code: None,
        success_url: "https://gym.example/yes".into(),
        cancel_url: "https://gym.example/no".into(),
        idempotency_key: key(),
    };
    let subscription = gateways.checkout.as_ref().unwrap().open(&request).await.unwrap().provider_id;
    server.give_mandate(&subscription);
    World {
        gateways,
        customer: server.object(&subscription)["customer_id"].as_str().unwrap().to_owned(),
        subscription,
        payment: server.ids("payment")[0].clone(),
        price: "plan_small",
        dearer: "plan_coach_plus_monthly_inr",
        currency: "INR",
        stage: Stage::Razorpay(server),
    }
}

fn sandbox_at(base_url: &str) -> Gateways {
    let key = DataKey::parse(&DATA_KEY.to_owned().into()).unwrap().derive("sandbox api key");
    let key: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    Arc::new(SandboxGateway::new(HttpClient::new().unwrap(), base_url, key.into())).gateways()
}

async fn sandbox() -> World {
    let app = TestApp::builder(Engine::Sqlite).await.set("DATA_KEY", DATA_KEY).start().await;
    let ada = app.register("ada").await;
    app.buy(&ada, "premium").await;
    let gateways = sandbox_at(&app.url);
    let shown = app.get("/api/v1/billing/subscription", Some(&ada)).await.expect(200);
    let subscription = shown.text("/subscription/provider_subscription_id");
    let fetched = gateways.subscriptions.as_ref().unwrap().fetch(&subscription).await.unwrap();
    let customer = fetched[0].customer.clone().unwrap();
    let invoices = gateways.invoices.as_ref().unwrap().list(&customer, None, 1).await.unwrap();
    World {
        gateways,
        customer,
        subscription,
        payment: invoices.invoices[0].payment.clone().unwrap(),
        price: "premium/monthly/USD",
        dearer: "coach_plus/monthly/USD",
        currency: "USD",
        stage: Stage::Sandbox(Box::new(app)),
    }
}

/// What is said of the subscription.
fn of_subscription(observations: &[Observation]) -> &SubscriptionFacts {
    let said = observations.iter().rev().find_map(|observation| match &observation.facts {
        Facts::Subscription(facts) => Some(facts),
        _ => None,
    });
    said.unwrap_or_else(|| panic!("nothing is said of a subscription: {observations:?}"))
}

/// What is said of refunds.
fn of_refunds(observations: &[Observation]) -> Vec<&RefundFacts> {
    let refund = |observation: &'_ Observation| matches!(observation.facts, Facts::Refund(_));
    let refunds = observations.iter().filter(|observation| refund(observation));
    refunds
        .map(|observation| match &observation.facts {
            Facts::Refund(facts) => facts,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn is_active(facts: &SubscriptionFacts) -> bool {
    facts.phase == Phase::Active && facts.cancel_at.is_none()
}
