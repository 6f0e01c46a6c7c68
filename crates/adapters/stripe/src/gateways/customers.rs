//! Stripe's record of payers.

use async_trait::async_trait;
use hos_domain::billing::{CustomerGateway, NewCustomer};
use hos_domain::kernel::GatewayError;
use hos_http::Call;
use serde::Deserialize;
use serde_json::Value;

use crate::client::{Stripe, fields, in_path};

#[derive(Deserialize)]
struct Created {
    id: String,
}

#[async_trait]
impl CustomerGateway for Stripe {
    async fn create(&self, customer: &NewCustomer, idempotency_key: &str) -> Result<String, GatewayError> {
        let mut form = fields([("metadata[user_id]", customer.user.to_string())]);
        if !customer.email.is_placeholder() {
            form.extend(fields([("email", customer.email.as_str().to_owned())]));
        }
        Ok(self.post::<Created>("/v1/customers", form, idempotency_key).await?.body.id)
    }

    async fn delete(&self, customer: &str) -> Result<(), GatewayError> {
        match self.send::<Value>(Call::delete(format!("/v1/customers/{}", in_path(customer)?))).await {
            Ok(_) | Err(GatewayError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
