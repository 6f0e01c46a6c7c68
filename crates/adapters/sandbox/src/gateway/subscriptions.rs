//! The verbs of a subscription, what a change would cost, and refunds.

use async_trait::async_trait;
use hos_domain::billing::{
    CancelAt, ChangePreview, ChangePreviewGateway, Observed, PlanChange, ProviderPage, RefundGateway, RefundOrder,
    Resumption, SubscriptionGateway,
};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_domain::sandbox::SandboxDeed;
use hos_http::Call;

use super::{SandboxGateway, said};
use crate::wire::{PageBody, PreviewBody};

#[async_trait]
impl SubscriptionGateway for SandboxGateway {
    async fn fetch(&self, subscription: &str) -> Observed {
        self.look(subscription).await
    }

    async fn change(&self, change: &PlanChange, idempotency_key: &str) -> Observed {
        let deed = SandboxDeed::Change {
            subscription: change.subscription.clone(),
            price: change.provider_price.clone(),
            prorated_at: change.prorated_at,
        };
        self.perform(&deed, idempotency_key).await
    }

    async fn cancel(&self, subscription: &str, at: CancelAt, idempotency_key: &str) -> Observed {
        let at_period_end = at == CancelAt::PeriodEnd;
        self.perform(&SandboxDeed::Cancel { subscription: subscription.to_owned(), at_period_end }, idempotency_key)
            .await
    }

    async fn resume(&self, subscription: &str, what: Resumption, idempotency_key: &str) -> Observed {
        let subscription = subscription.to_owned();
        let deed = match what {
            Resumption::Renewal => SandboxDeed::Renew { subscription },
            Resumption::Collection => SandboxDeed::Resume { subscription },
        };
        self.perform(&deed, idempotency_key).await
    }

    async fn pause(&self, subscription: &str, idempotency_key: &str) -> Observed {
        self.perform(&SandboxDeed::Pause { subscription: subscription.to_owned() }, idempotency_key).await
    }

    async fn list_recent(&self, since: Timestamp, after: Option<&str>) -> Result<ProviderPage, GatewayError> {
        let mut query = vec![("since".to_owned(), since.to_string())];
        query.extend(after.map(|after| ("after".to_owned(), after.to_owned())));
        let page: PageBody = self.send(Call::get("/sandbox/v1/subscriptions").query(query)).await?;
        Ok(ProviderPage { observations: said(&page.events)?, next: page.next })
    }
}

#[async_trait]
impl ChangePreviewGateway for SandboxGateway {
    async fn preview(&self, change: &PlanChange) -> Result<ChangePreview, GatewayError> {
        let query = [("subscription", &change.subscription), ("price", &change.provider_price)];
        let query = query.into_iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
        let body: PreviewBody = self.send(Call::get("/sandbox/v1/previews").query(query)).await?;
        let PreviewBody { charge, credit, due_now, prorated_at, renews_at } = body;
        Ok(ChangePreview { charge, credit, due_now, prorated_at, renews_at })
    }
}

#[async_trait]
impl RefundGateway for SandboxGateway {
    fn payment_among<'a>(&self, names: &'a [String]) -> Option<&'a str> {
        names.iter().find(|name| name.contains("_spay_")).map(String::as_str)
    }

    async fn refund(&self, order: &RefundOrder, idempotency_key: &str) -> Observed {
        let deed = SandboxDeed::Refund { payment: order.payment.clone(), amount: order.amount };
        self.perform(&deed, idempotency_key).await
    }

    async fn fetch(&self, refund: &str) -> Observed {
        self.look(refund).await
    }

    async fn fetch_payment(&self, payment: &str) -> Observed {
        self.look(payment).await
    }
}
