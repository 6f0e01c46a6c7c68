//! What can be asked of plans and subscriptions.

use serde_json::{Map, Value, json};

use super::state::{Answered, State, refused};

impl State {
    /// The plans whose ids stand in the shipped catalogue.
    pub(super) fn know_shipped_plans(&mut self) {
        let plans = [
            ("plan_premium_monthly_inr", "monthly", 49_900),
            ("plan_premium_annual_inr", "yearly", 399_900),
            ("plan_coach_plus_monthly_inr", "monthly", 199_900),
        ];
        for (id, period, amount) in plans {
            self.know_plan(id, period, amount, "INR");
        }
    }

    pub(super) fn know_plan(&mut self, id: &str, period: &str, amount: i64, currency: &str) {
        let item = json!({ "name": id, "amount": amount, "currency": currency });
        self.keep(json!({ "id": id, "entity": "plan", "period": period, "interval": 1, "item": item, "notes": [],
            "created_at": self.now() }));
    }

    pub(super) fn new_plan(&mut self, mut body: Map<String, Value>) -> Answered {
        body.insert("id".into(), json!(self.fresh("plan")));
        body.insert("entity".into(), json!("plan"));
        body.insert("created_at".into(), json!(self.now()));
        Ok(self.keep(Value::Object(body)))
    }

    pub(super) fn new_subscription(&mut self, body: Map<String, Value>) -> Answered {
        let plan = self.known(body["plan_id"].as_str().unwrap_or_default())?;
        let total = body["total_count"].as_i64().filter(|count| *count >= 1);
        let total = total.ok_or_else(|| refused("The total count must be an integer of at least 1."))?;
        let years = total * plan["interval"].as_i64().unwrap() / if plan["period"] == "monthly" { 12 } else { 1 };
        if years > 100 {
            return Err(refused("total_count exceeds the maximum of 100 years"));
        }
        let now = self.now();
        let start_at = body.get("start_at").and_then(Value::as_i64);
        if start_at.is_some_and(|start_at| start_at <= now) {
            return Err(refused("start_at cannot be lesser than the current time"));
        }
        let id = self.fresh("sub");
        let empty = |notes: &&Value| notes.as_object().is_none_or(Map::is_empty);
        let notes = body.get("notes").filter(|notes| !empty(notes)).cloned().unwrap_or_else(|| json!([]));
        Ok(self.keep(json!({
            "id": id, "entity": "subscription", "plan_id": plan["id"], "customer_id": null, "status": "created",
            "current_start": null, "current_end": null, "ended_at": null, "quantity": body.get("quantity").unwrap_or(&json!(1)),
            "notes": notes, "charge_at": null, "start_at": start_at, "end_at": null, "auth_attempts": 0, "total_count": total,
            "paid_count": 0, "customer_notify": true, "created_at": now, "expire_by": body.get("expire_by"),
            "short_url": format!("https://rzp.io/rzp/{}", id.trim_start_matches("sub_")), "has_scheduled_changes": false,
            "change_scheduled_at": null, "source": "api", "payment_method": null, "offer_id": body.get("offer_id"),
            "remaining_count": total,
        })))
    }

    pub(super) fn update(&mut self, id: &str, body: &Map<String, Value>) -> Answered {
        let mut subscription = self.known(id)?;
        if !["active", "authenticated"].iter().any(|status| subscription["status"] == *status) {
            return Err(refused("Subscription cannot be updated in this state."));
        }
        if subscription["payment_method"] == "upi" {
            return Err(refused("Can't update subscription when payment mode is upi"));
        }
        if let Some(plan) = body.get("plan_id").and_then(Value::as_str) {
            subscription["plan_id"] = self.known(plan)?["id"].clone();
        }
        if let Some(remaining) = body.get("remaining_count").and_then(Value::as_i64) {
            subscription["remaining_count"] = json!(remaining);
            subscription["total_count"] = json!(remaining + subscription["paid_count"].as_i64().unwrap());
        }
        let subscription = self.keep(subscription);
        self.tell("subscription.updated", &[("subscription", &subscription)]);
        Ok(subscription)
    }

    pub(super) fn cancel(&mut self, id: &str, body: &Map<String, Value>) -> Answered {
        let subscription = self.known(id)?;
        let status = subscription["status"].as_str().unwrap().to_owned();
        if ["cancelled", "completed", "expired"].contains(&status.as_str()) {
            return Err(refused(&format!("Subscription is not cancellable in {status} status.")));
        }
        let at_cycle_end =
            body.get("cancel_at_cycle_end").is_some_and(|flag| *flag == json!(true) || *flag == json!(1));
        if !at_cycle_end {
            return Ok(self.turn(id, "cancelled", "subscription.cancelled"));
        }
        if subscription["current_end"].is_null() {
            return Err(refused("Subscription cannot be cancelled since no billing cycle is going on."));
        }
        // Nothing of it shows.
        self.ending.push(id.to_owned());
        Ok(subscription)
    }

    pub(super) fn pause(&mut self, id: &str) -> Answered {
        match self.known(id)?["status"].as_str() {
            Some("active") => Ok(self.turn(id, "paused", "subscription.paused")),
            Some("authenticated") => Ok(self.turn(id, "cancelled", "subscription.cancelled")),
            _ => Err(refused("Subscription cannot be paused in this state.")),
        }
    }

    pub(super) fn resume(&mut self, id: &str) -> Answered {
        match self.known(id)?["status"].as_str() {
            Some("paused") => {
                self.turn(id, "active", "subscription.resumed");
                // What fell due meanwhile is charged now.
                if self.known(id)?["current_end"].as_i64().is_some_and(|end| end <= self.now()) {
                    self.charge(id);
                }
                self.known(id)
            }
            _ => Err(refused("Subscription cannot be resumed in this state.")),
        }
    }

    /// Takes a subscription into another state, and says so.
    pub(super) fn turn(&mut self, id: &str, status: &str, kind: &str) -> Value {
        let mut subscription = self.known(id).unwrap();
        subscription["status"] = json!(status);
        if ["cancelled", "completed"].contains(&status) {
            subscription["ended_at"] = json!(self.now());
        }
        let subscription = self.keep(subscription);
        self.tell(kind, &[("subscription", &subscription)]);
        subscription
    }
}
