//! What happens to a subscription by itself, or by its payer: mandates, charges, ends of cycles.

use hos_domain::billing::Interval;
use hos_domain::kernel::Timestamp;
use serde_json::{Value, json};

use super::state::State;

impl State {
    pub(super) fn give_mandate(&mut self, id: &str) {
        let mut subscription = self.known(id).unwrap();
        let customer = self.fresh("cust");
        subscription["customer_id"] = json!(customer);
        subscription["payment_method"] = json!("card");
        let starts_at = subscription["start_at"].as_i64().unwrap_or_default();
        self.keep(subscription);
        self.turn(id, "authenticated", "subscription.authenticated");
        if starts_at <= self.now() {
            self.charge(id);
        }
    }

    pub(super) fn end_cycle(&mut self, id: &str) {
        let subscription = self.known(id).unwrap();
        let end =
            [&subscription["current_end"], &subscription["start_at"]].iter().find_map(|end| end.as_i64()).unwrap();
        self.ahead += (end - self.now()).max(0);
        let over = subscription["remaining_count"] == 0;
        if let Some(place) = self.ending.iter().position(|ending| ending == id) {
            self.ending.remove(place);
            self.turn(id, "cancelled", "subscription.cancelled");
        } else if over {
            self.turn(id, "completed", "subscription.completed");
        } else {
            self.charge(id);
        }
    }

    /// Charges for the next cycle.
    pub(super) fn charge(&mut self, id: &str) {
        let mut subscription = self.known(id).unwrap();
        let plan = self.known(subscription["plan_id"].as_str().unwrap()).unwrap();
        let invoice = self.invoice_to_pay(&subscription, &plan);
        let payment = self.payment(&subscription, &invoice);
        if self.declines {
            let attempts = subscription["auth_attempts"].as_i64().unwrap() + 1;
            subscription["auth_attempts"] = json!(attempts);
            self.keep(subscription);
            self.tell("payment.failed", &[("payment", &payment)]);
            let (status, kind) =
                if attempts > 3 { ("halted", "subscription.halted") } else { ("pending", "subscription.pending") };
            self.turn(id, status, kind);
            return;
        }
        let paid = self.pay(invoice, &payment);
        let first = subscription["paid_count"] == 0;
        for (field, value) in [
            ("status", json!("active")),
            ("current_start", paid["billing_start"].clone()),
            ("current_end", paid["billing_end"].clone()),
            ("charge_at", paid["billing_end"].clone()),
            ("auth_attempts", json!(0)),
            ("paid_count", json!(subscription["paid_count"].as_i64().unwrap() + 1)),
            ("remaining_count", json!(subscription["remaining_count"].as_i64().unwrap() - 1)),
        ] {
            subscription[field] = value;
        }
        if subscription["start_at"].is_null() {
            subscription["start_at"] = paid["billing_start"].clone();
        }
        let subscription = self.keep(subscription);
        if first {
            self.tell("subscription.activated", &[("subscription", &subscription)]);
        }
        self.tell("subscription.charged", &[("subscription", &subscription), ("payment", &payment)]);
    }

    /// The invoice of the next cycle: the open one, or a new one.
    fn invoice_to_pay(&mut self, subscription: &Value, plan: &Value) -> Value {
        let open = |one: &&Value| one["subscription_id"] == subscription["id"] && one["status"] == "issued";
        if let Some(open) = self.of_kind("invoice").find(open) {
            return open.clone();
        }
        let (id, order, now) = (self.fresh("inv"), self.fresh("order"), self.now());
        let interval = if plan["period"] == "yearly" { Interval::Year } else { Interval::Month };
        let start = subscription["current_end"].as_i64().unwrap_or(now);
        let end = interval.after(Timestamp::from_unix_seconds(start).unwrap(), 1).unix_seconds();
        self.keep(json!({
            "id": id, "entity": "invoice", "customer_id": subscription["customer_id"], "order_id": order,
            "subscription_id": subscription["id"], "payment_id": null, "status": "issued", "amount": plan["item"]["amount"],
            "amount_paid": 0, "amount_due": plan["item"]["amount"], "currency": plan["item"]["currency"], "notes": [],
            "billing_start": start, "billing_end": end, "created_at": now, "paid_at": null, "tax_amount": 0,
            "invoice_number": null, "short_url": format!("https://rzp.io/i/{id}"),
        }))
    }

    /// It names neither the customer nor the subscription: only the charge does.
    fn payment(&mut self, subscription: &Value, invoice: &Value) -> Value {
        let (id, status) = (self.fresh("pay"), if self.declines { "failed" } else { "captured" });
        self.keep(json!({
            "id": id, "entity": "payment", "amount": invoice["amount"], "currency": invoice["currency"], "status": status,
            "order_id": invoice["order_id"], "invoice_id": invoice["id"],
            "method": subscription["payment_method"], "amount_refunded": 0, "refund_status": null,
            "captured": !self.declines, "email": "payer@example.com", "contact": "+919000000000", "notes": [],
            "created_at": self.now(),
        }))
    }

    fn pay(&mut self, mut invoice: Value, payment: &Value) -> Value {
        invoice["status"] = json!("paid");
        invoice["payment_id"] = payment["id"].clone();
        (invoice["amount_paid"], invoice["amount_due"]) = (invoice["amount"].clone(), json!(0));
        invoice["paid_at"] = json!(self.now());
        let invoice = self.keep(invoice);
        let order = json!({ "id": invoice["order_id"], "entity": "order", "amount": invoice["amount"], "status": "paid",
            "currency": invoice["currency"], "notes": [] });
        self.tell("payment.captured", &[("payment", payment)]);
        self.tell("order.paid", &[("payment", payment), ("order", &order)]);
        self.tell("invoice.paid", &[("payment", payment), ("order", &order), ("invoice", &invoice)]);
        invoice
    }
}
