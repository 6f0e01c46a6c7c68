//! Connected accounts, payments with a hold, and payouts.

use serde_json::{Value, json};

use super::form::{number, text};
use super::state::{Answered, State, declined, invalid};

impl State {
    pub(super) fn open_account(&mut self, form: &Value) -> Value {
        let id = self.fresh("acct");
        self.keep(json!({
            "id": id, "object": "account", "country": form["country"], "charges_enabled": false, "payouts_enabled": false,
            "details_submitted": false, "requirements": { "currently_due": ["external_account"], "disabled_reason": "requirements.past_due" },
        }))
    }

    pub(super) fn onboarded(&mut self, account: &str) {
        let mut known = self.known(account).unwrap();
        for flag in ["charges_enabled", "payouts_enabled", "details_submitted"] {
            known[flag] = json!(true);
        }
        known["requirements"] = json!({ "currently_due": [], "disabled_reason": null });
        self.keep(known);
        let (id, now) = (self.fresh("po"), self.now());
        self.keep(json!({
            "id": id, "object": "payout", "account": account, "amount": 4_000, "currency": "usd", "status": "in_transit",
            "arrival_date": now + 2 * 86_400, "failure_code": null,
        }));
    }

    pub(super) fn account_link(&mut self, form: &Value) -> Answered {
        let account = text(form, &["account"]).unwrap_or_default();
        self.known(account).map_err(|(_, error)| (400, error))?;
        let url = format!("https://connect.stripe.com/setup/e/{account}");
        Ok(json!({ "object": "account_link", "url": url, "expires_at": self.now() + 300 }))
    }

    pub(super) fn payouts(&self, account: &str) -> Value {
        let theirs: Vec<Value> =
            self.of_kind("payout").filter(|payout| payout["account"] == account).cloned().collect();
        json!({ "object": "list", "data": theirs, "has_more": false })
    }

    pub(super) fn authorize(&mut self, form: &Value) -> Answered {
        let (amount, confirmed) = (number(form, &["amount"])?.unwrap_or(0), text(form, &["confirm"]) == Some("true"));
        let customer = text(form, &["customer"]).unwrap_or_default();
        self.known(customer).map_err(|(_, error)| (400, error))?;
        if let Some(account) = text(form, &["transfer_data", "destination"]) {
            self.known(account).map_err(|(_, error)| (400, error))?;
        }
        if number(form, &["application_fee_amount"])?.is_some_and(|fee| fee > amount) {
            return Err(invalid("parameter_invalid_integer", "Your fee must not exceed the charge amount."));
        }
        if confirmed && self.declining.contains(customer) {
            return Err(declined());
        }
        let id = self.fresh("pi");
        Ok(self.keep(json!({
            "id": id, "object": "payment_intent", "customer": customer, "amount": amount, "currency": form["currency"],
            "status": if confirmed { "requires_capture" } else { "requires_payment_method" },
            "amount_capturable": if confirmed { amount } else { 0 }, "amount_received": 0,
            "client_secret": format!("{id}_secret"), "metadata": form["metadata"],
        })))
    }

    fn held(&self, id: &str) -> Answered {
        let intent = self.known(id)?;
        if intent["status"] == "requires_capture" || intent["status"] == "requires_payment_method" {
            return Ok(intent);
        }
        Err(invalid("payment_intent_unexpected_state", "This PaymentIntent is in no state for it."))
    }

    pub(super) fn capture(&mut self, id: &str, form: &Value) -> Answered {
        let mut intent = self.held(id)?;
        let held = intent["amount_capturable"].as_i64().unwrap();
        let amount = number(form, &["amount_to_capture"])?.unwrap_or(held);
        if amount > held {
            return Err(invalid("amount_too_large", "The amount to capture is greater than what can be captured."));
        }
        intent["status"] = json!("succeeded");
        intent["amount_capturable"] = json!(0);
        intent["amount_received"] = json!(amount);
        Ok(self.keep(intent))
    }

    pub(super) fn release(&mut self, id: &str) -> Answered {
        let mut intent = self.held(id)?;
        intent["status"] = json!("canceled");
        intent["amount_capturable"] = json!(0);
        Ok(self.keep(intent))
    }
}
