//! Giving money back, and what Stripe knows of a payment.

use async_trait::async_trait;
use hos_domain::billing::{Observed, RefundGateway, RefundOrder};
use serde_json::Value;

use crate::client::{Stripe, fields, in_path};
use crate::translate::stripe_minor;
use crate::wire::List;

/// Old invoices name a charge; newer ones the intent behind it.
fn payment_field(payment: &str) -> &'static str {
    if payment.starts_with("pi_") { "payment_intent" } else { "charge" }
}

#[async_trait]
impl RefundGateway for Stripe {
    fn payment_among<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        let beginning = |prefix: &str| names.iter().find(|name| name.starts_with(prefix)).map(String::as_str);
        beginning("pi_").or_else(|| beginning("ch_")).or_else(|| beginning("py_"))
    }

    async fn refund(&self, order: &RefundOrder, idempotency_key: &str) -> Observed {
        let form = fields([
            (payment_field(&order.payment), order.payment.clone()),
            ("amount", stripe_minor(order.amount).to_string()),
            ("reason", order.reason.name().to_owned()),
        ]);
        self.observed(&self.post("/v1/refunds", form, idempotency_key).await?)
    }

    async fn fetch(&self, refund: &str) -> Observed {
        self.observed(&self.get(&format!("/v1/refunds/{}", in_path(refund)?), Vec::new()).await?)
    }

    async fn fetch_payment(&self, payment: &str) -> Observed {
        let kind = payment_field(payment);
        let mut observations = Vec::new();
        let mut intent = payment.to_owned();
        if kind == "charge" {
            let charge = self.get::<Value>(&format!("/v1/charges/{}", in_path(payment)?), Vec::new()).await?;
            observations.extend(self.observed(&charge)?);
            let Some(of) = charge.body.get("payment_intent").and_then(Value::as_str) else { return Ok(observations) };
            of.clone_into(&mut intent);
        }
        let expand = fields([("expand[0]", "latest_charge".to_owned())]);
        let said = self.get::<Value>(&format!("/v1/payment_intents/{}", in_path(&intent)?), expand).await?;
        observations.extend(self.observed(&said)?);
        let of_it =
            fields([("payment[type]", "payment_intent".to_owned()), ("payment[payment_intent]", intent.clone())]);
        let lists = [
            self.get::<List<Value>>("/v1/invoice_payments", of_it).await?,
            self.get::<List<Value>>("/v1/refunds", fields([("payment_intent", intent)])).await?,
        ];
        for list in lists {
            let frame = self.frame(list.as_of);
            for object in &list.body.data {
                observations.extend(frame.read(object)?);
            }
        }
        Ok(observations)
    }
}
