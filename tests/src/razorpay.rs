//! Razorpay's side of a webhook, signed as it signs.

use hos_http::sign_plain;

use crate::{Api, RazorpayEvent, Reply};

/// What a test sets `RAZORPAY_WEBHOOK_SECRET` to.
pub const RAZORPAY_SECRET: &str = "a webhook secret of razorpay and us";

impl Api {
    /// Sends an event to the webhook endpoint as Razorpay would.
    pub async fn razorpay_sends(&self, event: &RazorpayEvent) -> Reply {
        let signature = sign_plain(event.body.as_bytes(), RAZORPAY_SECRET.as_bytes());
        self.razorpay_sends_signed("/webhooks/razorpay", event, &[("x-razorpay-signature", &signature)]).await
    }

    /// Sends an event to an address of one's choice, with headers of one's own making.
    pub async fn razorpay_sends_signed(&self, path: &str, event: &RazorpayEvent, headers: &[(&str, &str)]) -> Reply {
        let prepare = |request: reqwest::RequestBuilder| {
            let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
            let request = request.header("content-type", "application/json").header("x-razorpay-event-id", &event.id);
            request.body(event.body.clone())
        };
        self.send(reqwest::Method::POST, path, None, prepare).await
    }
}
