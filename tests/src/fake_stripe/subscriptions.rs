//! Subscriptions: made by a checkout, changed, cancelled, paused, resumed.

use serde_json::{Value, json};

use super::form::{number, text};
use super::state::{Answered, State, declined, invalid};

const DAY: i64 = 86_400;

/// The amount, in US cents, and the days of a price of the shipped catalogue.
pub(super) fn price(id: &str) -> Option<(i64, i64)> {
    match id {
        "price_premium_monthly_usd" => Some((999, 30)),
        "price_premium_annual_usd" => Some((7_999, 365)),
        "price_coach_plus_monthly_usd" => Some((4_999, 30)),
        _ => None,
    }
}

pub(super) fn price_of(subscription: &Value) -> (String, i64, i64) {
    let id = subscription["items"]["data"][0]["price"]["id"].as_str().unwrap().to_owned();
    let (amount, days) = price(&id).unwrap();
    (id, amount, days)
}

pub(super) fn period_of(subscription: &Value) -> (i64, i64) {
    let item = &subscription["items"]["data"][0];
    (item["current_period_start"].as_i64().unwrap(), item["current_period_end"].as_i64().unwrap())
}

fn is_over(subscription: &Value) -> bool {
    matches!(subscription["status"].as_str(), Some("canceled" | "incomplete_expired"))
}

impl State {
    pub(super) fn subscribed(&mut self, user: &str, price_id: &str) -> (String, String, String) {
        let (amount, days) = price(price_id).unwrap();
        let (customer, id, item, now) = (self.fresh("cus"), self.fresh("sub"), self.fresh("si"), self.now());
        self.keep(json!({ "id": customer, "object": "customer", "metadata": {} }));
        let end = now + days * DAY;
        let invoice = self.invoice(&customer, &id, &[(amount, now, end, false)]);
        self.keep(json!({
            "id": id, "object": "subscription", "customer": customer, "status": "active", "livemode": false,
            "created": now, "start_date": now, "cancel_at_period_end": false, "cancel_at": null, "canceled_at": null,
            "ended_at": null, "trial_end": null, "pause_collection": null, "metadata": { "user_id": user },
            "cancellation_details": { "reason": null }, "latest_invoice": invoice["id"], "currency": "usd",
            "items": { "object": "list", "data": [{ "id": item, "object": "subscription_item", "quantity": 1,
                "price": { "id": price_id, "object": "price" }, "current_period_start": now, "current_period_end": end }] },
        }));
        (customer, id, invoice["payment"].as_str().unwrap().to_owned())
    }

    /// With its latest invoice, as our requests always ask to expand.
    pub(super) fn show_subscription(&self, id: &str) -> Answered {
        let mut subscription = self.known(id)?;
        let latest = subscription["latest_invoice"].as_str().unwrap_or_default();
        subscription["latest_invoice"] = self.with_payments(self.known(latest)?);
        Ok(subscription)
    }

    pub(super) fn list_subscriptions(&self, form: &Value) -> Answered {
        let since = number(form, &["created", "gte"])?.unwrap_or(0);
        let all = text(form, &["status"]) == Some("all");
        let wanted = |one: &&Value| one["created"].as_i64().unwrap() >= since && (all || !is_over(one));
        let ids = self.of_kind("subscription").filter(wanted).map(|one| one["id"].as_str().unwrap());
        Self::page(form, ids.map(|id| self.show_subscription(id)).collect::<Result<_, _>>()?)
    }

    pub(super) fn update_subscription(&mut self, id: &str, form: &Value) -> Answered {
        let mut subscription = self.known(id)?;
        if is_over(&subscription) {
            return Err(invalid(
                "resource_missing",
                "A canceled subscription can only update its cancellation_details and metadata.",
            ));
        }
        let (_, end) = period_of(&subscription);
        match text(form, &["cancel_at_period_end"]) {
            Some("true") => {
                subscription["cancel_at_period_end"] = json!(true);
                subscription["cancel_at"] = json!(end);
                subscription["canceled_at"] = json!(self.now());
            }
            Some(_) => {
                subscription["cancel_at_period_end"] = json!(false);
                subscription["cancel_at"] = Value::Null;
                subscription["canceled_at"] = Value::Null;
            }
            None => {}
        }
        if text(form, &["pause_collection"]) == Some("") {
            subscription["pause_collection"] = Value::Null;
        }
        self.keep(subscription);
        if let Some(new) = text(form, &["items", "0", "price"]) {
            self.change_price(id, text(form, &["items", "0", "id"]), new, number(form, &["proration_date"])?)?;
        }
        self.show_subscription(id)
    }

    fn change_price(
        &mut self,
        id: &str,
        item: Option<&str>,
        new: &str,
        at: Option<i64>,
    ) -> Result<(), super::state::Refused> {
        let mut subscription = self.known(id)?;
        let (_, days) = price(new).ok_or_else(|| invalid("resource_missing", "No such price"))?;
        if item != subscription["items"]["data"][0]["id"].as_str() {
            return Err(invalid("resource_missing", "No such subscription item"));
        }
        let lines = self.difference(&subscription, new, at.unwrap_or_else(|| self.now()))?;
        let customer = subscription["customer"].as_str().unwrap().to_owned();
        if self.declining.contains(&customer) {
            return Err(declined());
        }
        let invoice = self.invoice(&customer, id, &lines);
        if days != price_of(&subscription).2 {
            let now = self.now();
            subscription["items"]["data"][0]["current_period_start"] = json!(now);
            subscription["items"]["data"][0]["current_period_end"] = json!(now + days * DAY);
        }
        subscription["items"]["data"][0]["price"]["id"] = json!(new);
        subscription["latest_invoice"] = invoice["id"].clone();
        self.keep(subscription);
        Ok(())
    }

    /// The lines of the invoice that settles a change: what is not used is credited, what is new is charged.
    pub(super) fn difference(
        &self,
        subscription: &Value,
        new: &str,
        at: i64,
    ) -> Result<Vec<(i64, i64, i64, bool)>, super::state::Refused> {
        let (new_amount, new_days) = price(new).ok_or_else(|| invalid("resource_missing", "No such price"))?;
        let ((_, amount, days), (start, end)) = (price_of(subscription), period_of(subscription));
        let part = |amount: i64| (amount * (end - at) * 2 + (end - start)) / ((end - start) * 2);
        let credit = (-part(amount), at, end, true);
        Ok(if new_days == days {
            vec![credit, (part(new_amount), at, end, true)]
        } else {
            vec![credit, (new_amount, at, at + new_days * DAY, false)]
        })
    }

    pub(super) fn end_subscription(&mut self, id: &str) -> Answered {
        let mut subscription = self.known(id)?;
        if is_over(&subscription) {
            return Err(super::state::missing(id));
        }
        subscription["status"] = json!("canceled");
        subscription["ended_at"] = json!(self.now());
        subscription["canceled_at"] = json!(self.now());
        subscription["cancellation_details"]["reason"] = json!("cancellation_requested");
        Ok(self.keep(subscription))
    }

    pub(super) fn pause(&mut self, id: &str, form: &Value) -> Answered {
        let mut subscription = self.known(id)?;
        if subscription["status"] != "active" || text(form, &["type"]) != Some("subscription") {
            return Err(invalid("subscription_not_pausable", "This subscription can not be paused."));
        }
        subscription["status"] = json!("paused");
        self.keep(subscription);
        self.show_subscription(id)
    }

    pub(super) fn resume(&mut self, id: &str, form: &Value) -> Answered {
        let mut subscription = self.known(id)?;
        if subscription["status"] != "paused" {
            return Err(invalid("subscription_not_paused", "Only paused subscriptions can be resumed."));
        }
        if text(form, &["billing_cycle_anchor", "type"]) == Some("now") {
            let (_, amount, days) = price_of(&subscription);
            let (now, customer) = (self.now(), subscription["customer"].as_str().unwrap().to_owned());
            subscription["items"]["data"][0]["current_period_start"] = json!(now);
            subscription["items"]["data"][0]["current_period_end"] = json!(now + days * DAY);
            let invoice = self.invoice(&customer, id, &[(amount, now, now + days * DAY, false)]);
            subscription["latest_invoice"] = invoice["id"].clone();
        }
        subscription["status"] = json!("active");
        self.keep(subscription);
        self.show_subscription(id)
    }
}
