//! Readings of meters.

use async_trait::async_trait;
use hos_domain::billing::{MeterReading, UsageGateway};
use hos_domain::kernel::GatewayError;
use serde_json::Value;

use crate::client::{Stripe, fields};

#[async_trait]
impl UsageGateway for Stripe {
    async fn report(&self, reading: &MeterReading) -> Result<(), GatewayError> {
        let form = fields([
            ("event_name", reading.meter.clone()),
            ("payload[stripe_customer_id]", reading.customer.clone()),
            ("payload[value]", reading.quantity.to_string()),
            ("identifier", reading.identifier.clone()),
            ("timestamp", reading.at.unix_seconds().to_string()),
        ]);
        self.post::<Value>("/v1/billing/meter_events", form, &reading.identifier).await.map(drop)
    }
}
