//! The verbs of a subscription. Each begins with a look at it: what is so already is not asked for again, which makes a
//! repetition harmless even after Stripe has forgotten the key.

use async_trait::async_trait;
use hos_domain::billing::{CancelAt, Observed, PlanChange, ProviderPage, Resumption, SubscriptionGateway};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::Call;
use serde_json::Value;

use crate::client::{Fields, Said, Stripe, fields, in_path};
use crate::wire::{List, Subscription, SubscriptionStatus};

/// The latest invoice and what paid it come along.
const INVOICE: [(&str, &str); 2] = [("expand[0]", "latest_invoice"), ("expand[1]", "latest_invoice.payments")];
const INVOICES: [(&str, &str); 2] =
    [("expand[0]", "data.latest_invoice"), ("expand[1]", "data.latest_invoice.payments")];
/// The most that Stripe lists at once.
const PAGE: &str = "100";

fn with<'a>(named: impl IntoIterator<Item = (&'a str, &'a str)>) -> Fields {
    fields(named.into_iter().map(|(name, value)| (name, value.to_owned())))
}

#[async_trait]
impl SubscriptionGateway for Stripe {
    async fn fetch(&self, subscription: &str) -> Observed {
        self.observed(&self.subscription(subscription).await?)
    }

    async fn change(&self, change: &PlanChange, idempotency_key: &str) -> Observed {
        let (said, now) = self.look(&change.subscription).await?;
        let item = now.items.data.first().ok_or_else(no_item)?;
        if item.price.as_ref().is_some_and(|price| price.id == change.provider_price) {
            return self.observed(&said);
        }
        let item = item.id.clone().ok_or_else(no_item)?;
        // Without the item's id the price would be added to it; an error instead of an unpaid invoice leaves all as it was.
        let mut form = fields([
            ("items[0][id]", item),
            ("items[0][price]", change.provider_price.clone()),
            ("proration_behavior", "always_invoice".to_owned()),
            ("payment_behavior", "error_if_incomplete".to_owned()),
        ]);
        form.extend(change.prorated_at.map(|at| ("proration_date".to_owned(), at.unix_seconds().to_string())));
        self.update(&change.subscription, "", form, idempotency_key).await
    }

    async fn cancel(&self, subscription: &str, at: CancelAt, idempotency_key: &str) -> Observed {
        let (said, now) = self.look(subscription).await?;
        let over = matches!(now.status, SubscriptionStatus::Canceled | SubscriptionStatus::IncompleteExpired);
        let scheduled = now.cancel_at_period_end || now.cancel_at.is_some();
        match at {
            _ if over => self.observed(&said),
            CancelAt::PeriodEnd if scheduled => self.observed(&said),
            CancelAt::PeriodEnd => {
                self.update(subscription, "", with([("cancel_at_period_end", "true")]), idempotency_key).await
            }
            CancelAt::Once => {
                let call = Call::delete(format!("/v1/subscriptions/{}", in_path(subscription)?));
                self.observed(&self.send(call.once(idempotency_key)).await?)
            }
        }
    }

    async fn resume(&self, subscription: &str, what: Resumption, idempotency_key: &str) -> Observed {
        let (said, now) = self.look(subscription).await?;
        let (verb, form) = match what {
            Resumption::Renewal if now.cancel_at_period_end => ("", with([("cancel_at_period_end", "false")])),
            Resumption::Renewal if now.cancel_at.is_some() => ("", with([("cancel_at", "")])),
            Resumption::Collection if now.status == SubscriptionStatus::Paused => {
                ("/resume", resumption(&now, said.as_of))
            }
            Resumption::Collection if now.pause_collection.is_some() => ("", with([("pause_collection", "")])),
            Resumption::Renewal | Resumption::Collection => return self.observed(&said),
        };
        self.update(subscription, verb, form, idempotency_key).await
    }

    async fn pause(&self, subscription: &str, idempotency_key: &str) -> Observed {
        let (said, now) = self.look(subscription).await?;
        if now.status == SubscriptionStatus::Paused || now.pause_collection.is_some() {
            return self.observed(&said);
        }
        // What was paid for is used up first: nothing is credited, and nothing is billed.
        let form = with([
            ("type", "subscription"),
            ("bill_for[unused_time_from][type]", "none"),
            ("bill_for[outstanding_usage_through][type]", "none"),
        ]);
        self.update(subscription, "/pause", form, idempotency_key).await
    }

    async fn list_recent(&self, since: Timestamp, after: Option<&str>) -> Result<ProviderPage, GatewayError> {
        let mut query = with([("status", "all"), ("limit", PAGE)].into_iter().chain(INVOICES));
        query.push(("created[gte]".to_owned(), since.unix_seconds().to_string()));
        query.extend(after.map(|after| ("starting_after".to_owned(), after.to_owned())));
        let said = self.get::<List<Value>>("/v1/subscriptions", query).await?;
        let frame = self.frame(said.as_of);
        let mut observations = Vec::new();
        for subscription in &said.body.data {
            observations.extend(frame.read(subscription)?);
        }
        Ok(ProviderPage { observations, next: said.body.next() })
    }
}

/// Within the time that was paid for it goes on as it was; after it a new period begins, and is paid for, now.
fn resumption(paused: &Subscription, now: Timestamp) -> Fields {
    let paid_until = paused.items.data.iter().filter_map(|item| item.current_period_end).max();
    let still_paid = paid_until.or(paused.current_period_end).is_some_and(|end| now.unix_seconds() < end);
    let anchor = if still_paid { "unchanged" } else { "now" };
    with([("billing_cycle_anchor[type]", anchor), ("proration_behavior", "none")])
}

fn no_item() -> GatewayError {
    GatewayError::Malformed("the subscription has no item".to_owned())
}

impl Stripe {
    /// The subscription in Stripe's words.
    pub(super) async fn subscription(&self, id: &str) -> Result<Said<Value>, GatewayError> {
        self.get(&format!("/v1/subscriptions/{}", in_path(id)?), with(INVOICE)).await
    }

    /// The subscription in Stripe's words, and read.
    pub(super) async fn look(&self, id: &str) -> Result<(Said<Value>, Subscription), GatewayError> {
        let said = self.subscription(id).await?;
        let read = serde::Deserialize::deserialize(&said.body);
        let read = read.map_err(|error: serde_json::Error| GatewayError::Malformed(error.to_string()))?;
        Ok((said, read))
    }

    async fn update(&self, id: &str, verb: &str, mut form: Fields, idempotency_key: &str) -> Observed {
        form.extend(with(INVOICE));
        let path = format!("/v1/subscriptions/{}{verb}", in_path(id)?);
        self.observed(&self.post(&path, form, idempotency_key).await?)
    }

    /// What an answer says, in our words.
    pub(super) fn observed(&self, said: &Said<Value>) -> Observed {
        self.frame(said.as_of).read(&said.body)
    }
}
