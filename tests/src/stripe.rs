//! Stripe's side of a webhook: what it would send about a life, signed as it signs.

use hos_domain::billing::Interval;
use hos_domain::identity::UserId;
use hos_domain::kernel::{Clock, Currency, Id, Money, Timestamp};
use hos_domain::sandbox::{CheckoutOutcome, SandboxCheckout, SandboxCheckoutState, SandboxCustomer, Simulator};
use hos_http::sign;
use hos_local::SystemClock;
use hos_sandbox::{Deed, LifeSimulator, StripeEvent, StripeShape, in_stripe_words};

use crate::{Api, Reply, Session};

/// What a test sets `STRIPE_WEBHOOK_SECRET` to.
pub const STRIPE_SECRET: &str = "whsec_end_to_end_tests_0123456789";

/// A customer as Stripe would know them.
pub struct StripeCustomer(SandboxCustomer);

impl StripeCustomer {
    /// A customer that stands for a user of ours.
    pub fn of(session: &Session) -> Self {
        let user: UserId = Id::new(session.user_id.parse().unwrap());
        Self(LifeSimulator::default().customer(format!("cus_{}", user.uuid().simple()), user, SystemClock.now()))
    }

    /// They buy the monthly premium plan in a hosted checkout: everything that Stripe would send about it, oldest
    /// first. Only the checkout names the user.
    pub fn buy_premium(&mut self) -> Vec<StripeEvent> {
        let (customer, now) = (&mut self.0, SystemClock.now());
        let mut checkout = SandboxCheckout {
            id: format!("cs_{}", customer.id),
            user: customer.user,
            title: "Premium".into(),
            price: "price_premium_monthly_usd".into(),
            amount: Money::new(999, Currency::parse("USD").unwrap()),
            interval: Interval::Month,
            trial_days: 0,
            success_url: String::new(),
            cancel_url: String::new(),
            state: SandboxCheckoutState::Open,
            subscription: None,
            created_at: now,
        };
        let happenings = LifeSimulator::default().check_out(customer, &mut checkout, CheckoutOutcome::Pay, now);
        in_stripe_words(customer, &happenings, StripeShape::SinceBasil)
    }

    /// They cancel at once.
    pub fn cancel(&mut self) -> Vec<StripeEvent> {
        let cancel = Deed::CancelNow(self.0.subscriptions[0].id.clone());
        let happenings = LifeSimulator::default().act(&mut self.0, &cancel, SystemClock.now());
        in_stripe_words(&self.0, &happenings, StripeShape::SinceBasil)
    }
}

impl Api {
    /// Sends an event to the webhook endpoint as Stripe would, signed now.
    pub async fn stripe_sends(&self, body: &[u8]) -> Reply {
        self.stripe_sends_signed(body, &sign(body, STRIPE_SECRET.as_bytes(), SystemClock.now())).await
    }

    /// Sends an event to a server that may die over it.
    ///
    /// # Errors
    /// When there was no answer.
    pub async fn try_stripe_sends(&self, body: &[u8]) -> reqwest::Result<()> {
        let signature = sign(body, STRIPE_SECRET.as_bytes(), SystemClock.now());
        let request = self.client().post(format!("{}/api/v1/webhooks/stripe", self.url));
        request.header("stripe-signature", signature).body(body.to_vec()).send().await?.bytes().await.map(drop)
    }

    /// Sends an event that was signed at another time.
    pub async fn stripe_sends_late(&self, body: &[u8], signed_at: Timestamp) -> Reply {
        self.stripe_sends_signed(body, &sign(body, STRIPE_SECRET.as_bytes(), signed_at)).await
    }

    /// Sends an event with a signature of one's own making.
    pub async fn stripe_sends_signed(&self, body: &[u8], signature: &str) -> Reply {
        let prepare = |request: reqwest::RequestBuilder| {
            request
                .header("content-type", "application/json; charset=utf-8")
                .header("stripe-signature", signature)
                .body(body.to_vec())
        };
        self.send(reqwest::Method::POST, "/api/v1/webhooks/stripe", None, prepare).await
    }
}
