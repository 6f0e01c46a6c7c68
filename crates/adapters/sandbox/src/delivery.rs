//! The way from the sandbox to our own webhook endpoint: real HTTP, signed.

use std::sync::Arc;

use async_trait::async_trait;
use hos_domain::kernel::{Clock, GatewayError};
use hos_domain::sandbox::{SandboxEvent, WebhookDelivery};
use hos_http::{Call, HttpClient, Outbound, Patience, sign};
use secrecy::{ExposeSecret, SecretString};

use crate::gateway::reason;
use crate::webhook::HEADER;

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
