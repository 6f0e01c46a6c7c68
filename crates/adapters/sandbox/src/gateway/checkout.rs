//! Checkouts, and the page for customers.

use async_trait::async_trait;
use hos_domain::billing::{CheckoutGateway, CheckoutRequest, OpenedCheckout, PortalGateway, PortalVisit};
use hos_domain::kernel::GatewayError;
use hos_http::Call;

use super::SandboxGateway;
use crate::wire::{OpenCheckoutBody, OpenPortalBody, OpenedBody};

#[async_trait]
impl CheckoutGateway for SandboxGateway {
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
        let opened: OpenedBody = self.send(call).await?;
        Ok(OpenedCheckout { provider_id: opened.id, url: opened.url })
    }
}

#[async_trait]
impl PortalGateway for SandboxGateway {
    async fn open(&self, visit: &PortalVisit, idempotency_key: &str) -> Result<String, GatewayError> {
        let body = OpenPortalBody { customer: visit.customer.clone(), return_url: visit.return_url.clone() };
        let call = Call::post("/sandbox/v1/portal-visits").json(&body).once(idempotency_key);
        Ok(self.send::<OpenedBody>(call).await?.url)
    }
}
