//! Invoices, what paid them, and refunds.

use serde_json::{Value, json};

use super::form::{number, text};
use super::state::{Answered, State, invalid};

impl State {
    /// A paid invoice with these lines: amount, start, end, and whether it is a proration.
    pub(super) fn invoice(&mut self, customer: &str, subscription: &str, lines: &[(i64, i64, i64, bool)]) -> Value {
        let (id, intent, charge) = (self.fresh("in"), self.fresh("pi"), self.fresh("ch"));
        let (now, total) = (self.now(), lines.iter().map(|line| line.0).sum::<i64>());
        let paid = total.max(0);
        self.keep(json!({
            "id": charge, "object": "charge", "customer": customer, "payment_intent": intent, "amount": paid,
            "amount_refunded": 0, "currency": "usd", "created": now,
        }));
        self.keep(json!({
            "id": intent, "object": "payment_intent", "customer": customer, "status": "succeeded", "amount": paid,
            "amount_received": paid, "currency": "usd", "latest_charge": charge, "created": now,
        }));
        let link = self.fresh("inpay");
        self.keep(json!({
            "id": link, "object": "invoice_payment", "invoice": id, "status": "paid",
            "payment": { "type": "payment_intent", "payment_intent": intent },
        }));
        let lines: Vec<Value> = lines.iter().map(|(amount, start, end, proration)| json!({
            "id": format!("il_{id}"), "object": "line_item", "amount": amount, "period": { "start": start, "end": end },
            "parent": { "type": "subscription_item_details", "subscription_item_details": { "subscription": subscription, "proration": proration } },
        })).collect();
        self.keep(json!({
            "id": id, "object": "invoice", "customer": customer, "currency": "usd", "status": "paid", "created": now,
            "number": format!("HOS-{id}"), "total": total, "amount_due": paid, "amount_paid": paid, "attempt_count": 1,
            "hosted_invoice_url": format!("https://invoice.stripe.com/i/{id}"),
            "invoice_pdf": format!("https://pay.stripe.com/invoice/{id}/pdf"), "total_taxes": [],
            "parent": { "type": "subscription_details", "subscription_details": { "subscription": subscription, "metadata": {} } },
            "lines": { "object": "list", "data": lines }, "payment": intent,
        }))
    }

    /// With what paid it, as our requests always ask to expand.
    pub(super) fn with_payments(&self, mut invoice: Value) -> Value {
        let of_it = self.of_kind("invoice_payment").filter(|payment| payment["invoice"] == invoice["id"]);
        let payments: Vec<Value> = of_it.cloned().collect();
        invoice["payments"] = json!({ "object": "list", "data": payments });
        invoice.as_object_mut().unwrap().remove("payment");
        invoice
    }

    pub(super) fn list_invoices(&self, form: &Value) -> Answered {
        let customer = text(form, &["customer"]);
        let theirs = self.of_kind("invoice").filter(|invoice| invoice["customer"].as_str() == customer);
        Self::page(form, theirs.map(|invoice| self.with_payments(invoice.clone())).collect())
    }

    pub(super) fn invoice_payments(&self, form: &Value) -> Answered {
        let intent = text(form, &["payment", "payment_intent"]);
        let of_it = |link: &&Value| link["payment"]["payment_intent"].as_str() == intent;
        Self::page(form, self.of_kind("invoice_payment").filter(of_it).cloned().collect())
    }

    pub(super) fn preview(&mut self, form: &Value) -> Answered {
        let details = &["subscription_details"];
        let subscription = self.known(text(form, &["subscription"]).unwrap_or_default())?;
        let of = |rest: &[&str]| text(form, &[&details[..], rest].concat()).unwrap_or_default().to_owned();
        if of(&["proration_behavior"]) != "always_invoice"
            || subscription["items"]["data"][0]["id"] != of(&["items", "0", "id"])
        {
            return Err(invalid(
                "parameter_invalid",
                "This server previews changes of an item that are settled at once.",
            ));
        }
        let at = number(form, &["subscription_details", "proration_date"])?.unwrap_or_else(|| self.now());
        let lines = self.difference(&subscription, &of(&["items", "0", "price"]), at)?;
        let total: i64 = lines.iter().map(|line| line.0).sum();
        let lines: Vec<Value> = lines
            .iter()
            .map(|(amount, start, end, _)| json!({ "amount": amount, "period": { "start": start, "end": end } }))
            .collect();
        Ok(
            json!({ "object": "invoice", "currency": "usd", "total": total, "amount_due": total.max(0), "lines": { "object": "list", "data": lines } }),
        )
    }

    pub(super) fn refund(&mut self, form: &Value) -> Answered {
        let wanted = |charge: &&Value| match (text(form, &["payment_intent"]), text(form, &["charge"])) {
            (Some(intent), None) => charge["payment_intent"] == intent,
            (None, Some(id)) => charge["id"] == id,
            _ => false,
        };
        let charge = self.of_kind("charge").find(wanted).cloned();
        let mut charge = charge.ok_or_else(|| invalid("resource_missing", "No such payment"))?;
        let (whole, before) = (charge["amount"].as_i64().unwrap(), charge["amount_refunded"].as_i64().unwrap());
        let amount = number(form, &["amount"])?.unwrap_or(whole - before);
        if before == whole {
            return Err(invalid("charge_already_refunded", "Charge has already been refunded."));
        }
        if amount < 1 || before + amount > whole {
            return Err(invalid("amount_too_large", "Refund amount is greater than unrefunded amount on charge."));
        }
        charge["amount_refunded"] = json!(before + amount);
        let id = self.fresh("re");
        let refund = json!({
            "id": id, "object": "refund", "amount": amount, "currency": "usd", "charge": charge["id"], "created": self.now(),
            "payment_intent": charge["payment_intent"], "status": "succeeded", "reason": text(form, &["reason"]),
        });
        self.keep(charge);
        Ok(self.keep(refund))
    }

    pub(super) fn refunds_of(&self, form: &Value) -> Answered {
        let intent = text(form, &["payment_intent"]);
        Self::page(
            form,
            self.of_kind("refund").filter(|refund| refund["payment_intent"].as_str() == intent).cloned().collect(),
        )
    }

    pub(super) fn meter(&mut self, form: &Value) -> Answered {
        let customer = text(form, &["payload", "stripe_customer_id"]).unwrap_or_default();
        self.known(customer).map_err(|(_, error)| (400, error))?;
        let identifier = text(form, &["identifier"]).unwrap_or_default().to_owned();
        if !self.meter_events.insert(identifier.clone()) {
            return Err(invalid("duplicate_meter_event", "An event already exists with this identifier."));
        }
        Ok(json!({ "object": "billing.meter_event", "identifier": identifier, "event_name": form["event_name"] }))
    }
}
