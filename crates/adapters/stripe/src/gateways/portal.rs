//! Stripe's own page for customers.

use async_trait::async_trait;
use hos_domain::billing::{PortalGateway, PortalVisit};
use hos_domain::kernel::GatewayError;
use serde::Deserialize;

use crate::client::{Stripe, fields};

#[derive(Deserialize)]
struct Session {
    url: String,
}

#[async_trait]
impl PortalGateway for Stripe {
    async fn open(&self, visit: &PortalVisit, idempotency_key: &str) -> Result<String, GatewayError> {
        let form = fields([("customer", visit.customer.clone()), ("return_url", visit.return_url.clone())]);
        Ok(self.post::<Session>("/v1/billing_portal/sessions", form, idempotency_key).await?.body.url)
    }
}
