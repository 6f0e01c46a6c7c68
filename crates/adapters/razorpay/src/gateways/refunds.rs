//! Giving money back: the one thing for which Razorpay has idempotency keys.

use async_trait::async_trait;
use hos_domain::billing::{Observed, RefundGateway, RefundOrder};
use hos_http::Call;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::checkout::PAGE;
use crate::client::{Razorpay, Said, in_path};
use crate::wire::{Collection, Invoice, Payment, PaymentStatus, Refund};

const KEY: &str = "X-Refund-Idempotency";

#[async_trait]
impl RefundGateway for Razorpay {
    /// A try that was promised and not paid has a lesser id.
    fn payment_among<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        names.iter().map(String::as_str).filter(|name| name.starts_with("pay_") && !name.contains('/')).max()
    }

    async fn refund(&self, order: &RefundOrder, idempotency_key: &str) -> Observed {
        let body = json!({
            "amount": order.amount.amount_minor, "speed": "normal", "notes": { "reason": order.reason.name() },
        });
        let path = format!("/v1/payments/{}/refund", in_path(&order.payment)?);
        let call = Call::post(path).json(&body).once_by(KEY, &key(idempotency_key));
        let said: Said<Refund> = self.send(call).await?;
        Ok(vec![self.frame(said.as_of).refund(said.body, None)?])
    }

    async fn fetch(&self, refund: &str) -> Observed {
        let said: Said<Refund> = self.get(&format!("/v1/refunds/{}", in_path(refund)?)).await?;
        Ok(vec![self.frame(said.as_of).refund(said.body, None)?])
    }

    async fn fetch_payment(&self, payment: &str) -> Observed {
        let said: Said<Payment> = self.get(&format!("/v1/payments/{}", in_path(payment)?)).await?;
        let (frame, payment) = (self.frame(said.as_of), said.body);
        let mut observations = Vec::new();
        if matches!(payment.status, PaymentStatus::Captured | PaymentStatus::Refunded) {
            observations.push(frame.charge(&payment)?);
        }
        if let Some(invoice) = &payment.invoice_id {
            let said: Said<Invoice> = self.get(&format!("/v1/invoices/{}", in_path(invoice)?)).await?;
            observations.extend(frame.paid_invoice(&said.body, None)?);
        }
        let path = format!("/v1/payments/{}/refunds?count={PAGE}", in_path(&payment.id)?);
        let said: Said<Collection<Refund>> = self.get(&path).await?;
        for refund in said.body.items {
            observations.push(self.frame(said.as_of).refund(refund, Some(&payment))?);
        }
        Ok(observations)
    }
}

/// Razorpay's keys have ten letters at least, and few kinds of them.
fn key(ours: &str) -> String {
    let fits = ours.len() >= 10 && ours.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if fits { ours.to_owned() } else { hex::encode(Sha256::digest(ours.as_bytes())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_does_not_fit_is_replaced_by_one_that_does_always_the_same() {
        assert_eq!(key("hos-0123456789"), "hos-0123456789");
        for strange in ["short", "with spaces in it", "ümlaut-0123456789"] {
            assert_eq!((key(strange), key(strange).len()), (key(strange), 64));
        }
        assert_ne!(key("short"), key("shorts"));
    }
}
