//! What a change of plan would cost.

use async_trait::async_trait;
use hos_domain::billing::{ChangePreview, ChangePreviewGateway, PlanChange};
use hos_domain::kernel::{GatewayError, Money, Timestamp};
use hos_http::Call;
use serde::Deserialize;

use crate::client::{Stripe, fields};
use crate::translate::amount;
use crate::wire::List;

#[derive(Deserialize)]
struct Preview {
    currency: String,
    amount_due: i64,
    lines: List<PreviewLine>,
}

#[derive(Deserialize)]
struct PreviewLine {
    amount: i64,
    period: PreviewPeriod,
}

#[derive(Deserialize)]
struct PreviewPeriod {
    end: i64,
}

#[async_trait]
impl ChangePreviewGateway for Stripe {
    async fn preview(&self, change: &PlanChange) -> Result<ChangePreview, GatewayError> {
        let (said, now) = self.look(&change.subscription).await?;
        let no_item = || GatewayError::Malformed("the subscription has no item".to_owned());
        let item = now.items.data.first().and_then(|item| item.id.clone()).ok_or_else(no_item)?;
        let prorated_at = change.prorated_at.unwrap_or(said.as_of).truncated_to_seconds();
        let form = fields([
            ("subscription", change.subscription.clone()),
            ("subscription_details[items][0][id]", item),
            ("subscription_details[items][0][price]", change.provider_price.clone()),
            ("subscription_details[proration_behavior]", "always_invoice".to_owned()),
            ("subscription_details[proration_date]", prorated_at.unix_seconds().to_string()),
        ]);
        let call = Call::post("/v1/invoices/create_preview").form(form).harmless();
        read(&self.send::<Preview>(call).await?.body, prorated_at)
    }
}

fn read(preview: &Preview, prorated_at: Timestamp) -> Result<ChangePreview, GatewayError> {
    let of = |minor| amount(minor, &preview.currency);
    let sum = |wanted: fn(&i64) -> bool| preview.lines.data.iter().map(|line| line.amount).filter(wanted).sum::<i64>();
    let credit = of(sum(|amount| *amount < 0))?;
    Ok(ChangePreview {
        charge: of(sum(|amount| *amount > 0))?,
        credit: Money::new(credit.amount_minor.saturating_neg(), credit.currency),
        due_now: of(preview.amount_due.max(0))?,
        prorated_at,
        renews_at: preview.lines.data.iter().map(|line| line.period.end).max().and_then(Timestamp::from_unix_seconds),
    })
}
