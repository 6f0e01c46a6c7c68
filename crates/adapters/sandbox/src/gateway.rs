//! The client of the sandbox, and its way to our own webhook endpoint: real HTTP both.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::billing::{CheckoutGateway, CheckoutRequest, OpenedCheckout};
use hos_domain::kernel::{Clock, GatewayError};
use hos_domain::sandbox::{SandboxEvent, WebhookDelivery};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience, sign};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::webhook::HEADER;
use crate::wire::{OpenCheckoutBody, OpenedBody};

/// Asks the sandbox for checkouts.
pub struct SandboxCheckoutGateway {
    outbound: Outbound,
    key: SecretString,
}

impl SandboxCheckoutGateway {
    /// Talks to the sandbox at `base_url` with its API key.
    #[must_use]
    pub fn new(http: HttpClient, base_url: &str, key: SecretString) -> Self {
        Self { outbound: Outbound::new(http, "sandbox", base_url, Patience::default()), key }
    }
}

#[async_trait]
impl CheckoutGateway for SandboxCheckoutGateway {
    async fn open(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError> {
        // The sandbox has no promotion codes, so nobody's is good.
        if request.promotion_code.is_some() {
            return Err(GatewayError::NotFound);
        }
        let body = OpenCheckoutBody {
            user: request.user,
            price: request.provider_price.clone(),
            trial_days: request.trial_days,
            success_url: request.success_url.clone(),
            cancel_url: request.cancel_url.clone(),
        };
        let call = Call::post("/sandbox/v1/checkouts").json(&body).once(&request.idempotency_key);
        let answer = self.outbound.send(call.bearer(self.key.expose_secret())).await?;
        let opened: OpenedBody = answer.success(reason)?.json()?;
        Ok(OpenedCheckout { provider_id: opened.id, url: opened.url })
    }
}

/// Delivers the sandbox's events.
pub struct SandboxDelivery {
    outbound: Outbound,
    secret: SecretString,
    clock: Arc<dyn Clock>,
}

impl SandboxDelivery {
    /// Delivers to the endpoint at `base_url`, signing with `secret` as of `clock`.
    #[must_use]
    pub fn new(http: HttpClient, base_url: &str, secret: SecretString, clock: Arc<dyn Clock>) -> Self {
        // One try: the job that delivers is repeated, with a fresh signature.
        let patience = Patience { tries: 1, ..Patience::default() };
        Self { outbound: Outbound::new(http, "sandbox-webhooks", base_url, patience), secret, clock }
    }
}

#[async_trait]
impl WebhookDelivery for SandboxDelivery {
    async fn deliver(&self, event: &SandboxEvent) -> Result<(), GatewayError> {
        let body = event.body.clone().into_bytes();
        let signature = sign(&body, self.secret.expose_secret().as_bytes(), self.clock.now());
        let call = Call::post("/webhooks/sandbox").bytes("application/json", body).header(HEADER, signature);
        self.outbound.send(call).await?.success(reason).map(drop)
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorFacts,
}

#[derive(Deserialize)]
struct ErrorFacts {
    message: String,
}

fn reason(answer: &Answer) -> Option<String> {
    answer.json::<ErrorBody>().ok().map(|body| body.error.message)
}
