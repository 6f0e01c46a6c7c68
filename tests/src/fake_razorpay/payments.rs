//! Refunds and disputes.

use serde_json::{Map, Value, json};

use super::state::{Answered, State, refused};

impl State {
    pub(super) fn refund(&mut self, id: &str, body: &Map<String, Value>, key: Option<&str>, asked: &str) -> Answered {
        let fits = |key: &str| {
            key.len() >= 10 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        };
        let fingerprint = format!("{id} {asked}");
        match key.and_then(|key| self.refund_keys.get(key)) {
            _ if key.is_some_and(|key| !fits(key)) => return Err(refused("The idempotency key is not valid.")),
            Some((known, made)) if *known == fingerprint => return Ok(made.clone()),
            Some(_) => return Err(refused("Different request body sent for the same Idempotency Header")),
            None => {}
        }
        let mut payment = self.known(id)?;
        if payment["captured"] != true {
            return Err(refused("The payment status should be captured for action to be taken"));
        }
        let (whole, before) = (payment["amount"].as_i64().unwrap(), payment["amount_refunded"].as_i64().unwrap());
        if before == whole {
            return Err(refused("The payment has been fully refunded already"));
        }
        let amount = body.get("amount").and_then(Value::as_i64).unwrap_or(whole - before);
        if amount < 1 || before + amount > whole {
            return Err(refused("The total refund amount is greater than the refund payment amount"));
        }
        payment["amount_refunded"] = json!(before + amount);
        payment["refund_status"] = json!(if before + amount == whole { "full" } else { "partial" });
        let (payment, refund_id) = (self.keep(payment), self.fresh("rfnd"));
        let refund = self.keep(json!({
            "id": refund_id, "entity": "refund", "payment_id": id, "amount": amount, "currency": payment["currency"],
            "status": "processed", "speed_requested": body.get("speed"), "speed_processed": "normal",
            "notes": body.get("notes").unwrap_or(&json!([])), "receipt": body.get("receipt"), "created_at": self.now(),
        }));
        self.tell("refund.created", &[("refund", &refund), ("payment", &payment)]);
        self.tell("refund.processed", &[("refund", &refund), ("payment", &payment)]);
        if let Some(key) = key {
            self.refund_keys.insert(key.to_owned(), (fingerprint, refund.clone()));
        }
        Ok(refund)
    }

    pub(super) fn dispute(&mut self, payment: &str, status: &str) {
        let payment = self.known(payment).unwrap();
        let of_it = |one: &&Value| one["payment_id"] == payment["id"];
        let known = self.of_kind("dispute").find(of_it).cloned();
        let verb = if known.is_none() { "created" } else { status };
        let id = known.map_or_else(|| self.fresh("disp"), |known| known["id"].as_str().unwrap().to_owned());
        let dispute = self.keep(json!({
            "id": id, "entity": "dispute", "payment_id": payment["id"], "amount": payment["amount"],
            "currency": payment["currency"], "status": status, "phase": "chargeback", "created_at": self.now(),
        }));
        self.tell(&format!("payment.dispute.{verb}"), &[("payment", &payment), ("dispute", &dispute)]);
    }
}
