//! The verbs of a subscription. Each begins with a look at it: what is so already is not asked for again, which makes a
//! repetition harmless where Razorpay has no key for it.

use async_trait::async_trait;
use hos_domain::billing::{CancelAt, Observed, PlanChange, ProviderPage, Resumption, SubscriptionGateway};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::Call;
use serde_json::{Value, json};

use super::checkout::PAGE;
use crate::client::{Razorpay, Said, in_path};
use crate::wire::{Collection, Invoice, Subscription, SubscriptionStatus as Status};

/// Ways to pay whose mandate is for one plan.
const FIXED: [&str; 3] = ["upi", "emandate", "nach"];

#[async_trait]
impl SubscriptionGateway for Razorpay {
    async fn fetch(&self, subscription: &str) -> Observed {
        let now = self.look(subscription).await?;
        let path = format!("/v1/invoices?subscription_id={}&count={PAGE}", in_path(subscription)?);
        let invoices: Said<Collection<Invoice>> = self.get(&path).await?;
        // The subscription was asked first, so nothing here is later than it says.
        Ok(self.frame(now.as_of).with_invoices(&now.body, &invoices.body.items)?)
    }

    async fn change(&self, change: &PlanChange, _idempotency_key: &str) -> Observed {
        let now = self.look(&change.subscription).await?;
        if now.body.plan_id.as_deref() == Some(&change.provider_price) {
            return self.observed(&now);
        }
        if now.body.payment_method.as_deref().is_some_and(|method| FIXED.contains(&method)) {
            return Err(GatewayError::Unsupported(
                "a mandate of this kind holds for one plan; cancel it and subscribe again",
            ));
        }
        // What remains is counted in cycles, which may be longer now.
        let plan = self.plan(&change.provider_price).await.map_err(|error| match error {
            GatewayError::NotFound => GatewayError::InvalidRequest("there is no such plan to change to".to_owned()),
            other => other,
        });
        let remaining = plan?.cycles()?;
        let body = json!({
            "plan_id": change.provider_price, "remaining_count": remaining, "schedule_change_at": "now",
            "customer_notify": true,
        });
        let path = format!("/v1/subscriptions/{}", in_path(&change.subscription)?);
        self.observed(&self.send(Call::patch(path).json(&body)).await?)
    }

    async fn cancel(&self, subscription: &str, at: CancelAt, _idempotency_key: &str) -> Observed {
        let now = self.look(subscription).await?;
        if matches!(now.body.status, Status::Cancelled | Status::Completed | Status::Expired) {
            return self.observed(&now);
        }
        // Without a cycle nothing was paid for: there is no end to wait for.
        let has_cycle = now.body.current_end.is_some() && now.body.status == Status::Active;
        let at_cycle_end = at == CancelAt::PeriodEnd && has_cycle;
        let cancelled = self.tell(subscription, "cancel", &json!({ "cancel_at_cycle_end": at_cycle_end })).await?;
        let mut observations = self.observed(&cancelled)?;
        if at_cycle_end {
            observations.extend(self.frame(cancelled.as_of).cancel_intent(&cancelled.body)?);
        }
        Ok(observations)
    }

    async fn resume(&self, subscription: &str, what: Resumption, _idempotency_key: &str) -> Observed {
        if what == Resumption::Renewal {
            return Err(GatewayError::Unsupported(
                "a cancellation can't be taken back; subscribe again when it has ended",
            ));
        }
        let now = self.look(subscription).await?;
        if now.body.status == Status::Active {
            return self.observed(&now);
        }
        self.observed(&self.tell(subscription, "resume", &json!({ "resume_at": "now" })).await?)
    }

    async fn pause(&self, subscription: &str, _idempotency_key: &str) -> Observed {
        let now = self.look(subscription).await?;
        match now.body.status {
            Status::Paused => self.observed(&now),
            Status::Active => self.observed(&self.tell(subscription, "pause", &json!({ "pause_at": "now" })).await?),
            // Razorpay would cancel one that has only its mandate.
            _ => Err(GatewayError::InvalidRequest("only a subscription that is active can be paused".to_owned())),
        }
    }

    async fn list_recent(&self, since: Timestamp, after: Option<&str>) -> Result<ProviderPage, GatewayError> {
        let skip = after.map_or(Ok(0), str::parse::<usize>).map_err(|_| GatewayError::NotFound)?;
        let path = format!("/v1/subscriptions?from={}&count={PAGE}&skip={skip}", since.unix_seconds());
        let said: Said<Collection<Subscription>> = self.get(&path).await?;
        let (frame, list) = (self.frame(said.as_of), said.body.items);
        let observations = list.iter().map(|one| frame.subscription(one)).collect::<Result<_, _>>()?;
        Ok(ProviderPage { observations, next: (list.len() >= PAGE).then(|| (skip + PAGE).to_string()) })
    }
}

impl Razorpay {
    /// The subscription as it is.
    async fn look(&self, id: &str) -> Result<Said<Subscription>, GatewayError> {
        self.get(&format!("/v1/subscriptions/{}", in_path(id)?)).await
    }

    async fn tell(&self, id: &str, verb: &str, body: &Value) -> Result<Said<Subscription>, GatewayError> {
        self.post(&format!("/v1/subscriptions/{}/{verb}", in_path(id)?), body).await
    }

    fn observed(&self, said: &Said<Subscription>) -> Observed {
        Ok(vec![self.frame(said.as_of).subscription(&said.body)?])
    }
}
