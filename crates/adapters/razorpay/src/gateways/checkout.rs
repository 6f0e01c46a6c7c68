//! Hosted checkouts: a subscription, and the page on which its payer gives the mandate.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::billing::{CheckoutGateway, CheckoutRequest, OpenedCheckout};
use hos_domain::kernel::GatewayError;
use serde_json::{Value, json};

use crate::client::{Razorpay, in_path};
use crate::wire::{Collection, Subscription};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// No idempotency key of ours is kept for longer than a day; twice that is looked through.
const KEYS_LAST: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// The most that Razorpay lists at once.
pub(super) const PAGE: usize = 100;
/// Where the search for a checkout is given up: a list that goes on beyond ten thousand in two days has no end.
const MOST_PAGES: usize = 100;

/// The note under which a checkout is found again.
pub(super) const KEY_NOTE: &str = "checkout_key";

impl Razorpay {
    /// The checkout that was opened under this key already. Razorpay has no idempotency key for subscriptions, so ours
    /// stands in the notes.
    async fn find(&self, request: &CheckoutRequest) -> Result<Option<OpenedCheckout>, GatewayError> {
        let since = (self.clock.now() - KEYS_LAST).unix_seconds();
        let plan = in_path(&request.provider_price)?;
        for page in 0..MOST_PAGES {
            let skip = page * PAGE;
            let path = format!("/v1/subscriptions?plan_id={plan}&from={since}&count={PAGE}&skip={skip}");
            let list: Collection<Subscription> = self.get(&path).await?.body;
            let full = list.items.len() >= PAGE;
            let ours = |one: &Subscription| one.notes.get(KEY_NOTE) == Some(&request.idempotency_key);
            if let Some(found) = list.items.into_iter().find(ours) {
                return opened(found).map(Some);
            }
            if !full {
                return Ok(None);
            }
        }
        Err(GatewayError::Malformed("the list of subscriptions has no end".to_owned()))
    }

    async fn create(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError> {
        let offer = offer(request)?;
        let plan = self.plan(&request.provider_price).await?;
        let mut notes = json!({ "user_id": request.user.to_string(), KEY_NOTE: request.idempotency_key });
        let mut body = json!({
            "plan_id": request.provider_price, "total_count": plan.cycles()?, "quantity": 1, "customer_notify": true,
        });
        if request.trial_days > 0 {
            set(&mut notes, "trial_days", json!(request.trial_days.to_string()));
            let trial_end = self.clock.now() + DAY * request.trial_days;
            set(&mut body, "start_at", json!(trial_end.unix_seconds()));
        }
        if let Some(offer) = offer {
            set(&mut body, "offer_id", json!(offer));
        }
        set(&mut body, "notes", notes);
        match self.post::<Subscription>("/v1/subscriptions", &body).await {
            Ok(said) => opened(said.body),
            // It may have been made before the answer was lost: then it is there, and found.
            Err(lost @ (GatewayError::Timeout | GatewayError::Unavailable | GatewayError::Malformed(_))) => {
                self.find(request).await?.ok_or(lost)
            }
            Err(refused) => Err(refused),
        }
    }
}

#[async_trait]
impl CheckoutGateway for Razorpay {
    async fn open(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError> {
        match self.find(request).await? {
            Some(opened) => Ok(opened),
            None => self.create(request).await,
        }
    }
}

/// Razorpay has no codes that payers type, but offers with ids.
pub(super) fn offer(request: &CheckoutRequest) -> Result<Option<&str>, GatewayError> {
    match request.promotion_code.as_deref() {
        None => Ok(None),
        Some(code) if code.starts_with("offer_") => in_path(code).map(Some),
        Some(_) => Err(GatewayError::NotFound),
    }
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = object {
        fields.insert(name.to_owned(), value);
    }
}

fn opened(subscription: Subscription) -> Result<OpenedCheckout, GatewayError> {
    let url =
        subscription.short_url.ok_or_else(|| GatewayError::Malformed("the subscription has no url".to_owned()))?;
    Ok(OpenedCheckout { provider_id: subscription.id, url })
}
