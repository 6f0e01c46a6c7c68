//! Hosted checkouts.

use async_trait::async_trait;
use hos_domain::billing::{CheckoutGateway, CheckoutRequest, OpenedCheckout};
use hos_domain::kernel::GatewayError;
use serde::Deserialize;

use crate::client::{Fields, Stripe, fields};
use crate::wire::List;

#[derive(Deserialize)]
struct Session {
    id: String,
    url: Option<String>,
}

#[derive(Deserialize)]
struct PromotionCode {
    id: String,
}

#[async_trait]
impl CheckoutGateway for Stripe {
    async fn open(&self, request: &CheckoutRequest) -> Result<OpenedCheckout, GatewayError> {
        let mut form = form(request);
        if let Some(code) = &request.promotion_code {
            form.push(("discounts[0][promotion_code]".to_owned(), self.promotion_code(code).await?));
        }
        let session = self.post::<Session>("/v1/checkout/sessions", form, &request.idempotency_key).await?.body;
        let url = session.url.ok_or_else(|| GatewayError::Malformed("the checkout has no url".to_owned()))?;
        Ok(OpenedCheckout { provider_id: session.id, url })
    }
}

impl Stripe {
    /// The id of the code that payers write.
    async fn promotion_code(&self, code: &str) -> Result<String, GatewayError> {
        let query = fields([("code", code.to_owned()), ("active", "true".to_owned()), ("limit", "1".to_owned())]);
        let found = self.get::<List<PromotionCode>>("/v1/promotion_codes", query).await?.body;
        found.data.into_iter().next().map(|found| found.id).ok_or(GatewayError::NotFound)
    }
}

/// The user stands on the session and on the subscription: events about the one don't carry what stands on the other.
fn form(request: &CheckoutRequest) -> Fields {
    let user = request.user.to_string();
    let mut form = fields([
        ("mode", "subscription".to_owned()),
        ("line_items[0][price]", request.provider_price.clone()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("client_reference_id", user.clone()),
        ("metadata[user_id]", user.clone()),
        ("subscription_data[metadata][user_id]", user),
        ("success_url", request.success_url.clone()),
        ("cancel_url", request.cancel_url.clone()),
    ]);
    match &request.customer {
        Some(customer) => form.extend(fields([("customer", customer.clone())])),
        // Who has not said who they are tells Stripe.
        None if !request.email.is_placeholder() => {
            form.extend(fields([("customer_email", request.email.as_str().to_owned())]));
        }
        None => {}
    }
    if request.trial_days > 0 {
        form.extend(fields([("subscription_data[trial_period_days]", request.trial_days.to_string())]));
    }
    form
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::kernel::{Email, Id};
    use rstest::rstest;
    use uuid::Uuid;
    use wiremock::matchers::{body_string_contains, header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use hos_http::{HttpClient, Patience};

    use super::*;
    use crate::StripeConfig;

    fn request() -> CheckoutRequest {
        CheckoutRequest {
            user: Id::new(Uuid::from_u128(2)),
            email: Email::parse("ada@example.com").unwrap(),
            provider_price: "price_1".into(),
            trial_days: 7,
            customer: None,
            promotion_code: None,
            success_url: "https://gym.example/yes".into(),
            cancel_url: "https://gym.example/no".into(),
            idempotency_key: "key-1".into(),
        }
    }

    async fn gateway(server: &MockServer) -> Stripe {
        let config = StripeConfig { api_key: "sk_test_1".to_owned().into(), base_url: server.uri() };
        let patience = Patience { timeout: Duration::from_millis(500), tries: 2, first_wait: Duration::from_millis(1) };
        Stripe::new(HttpClient::new().unwrap(), config, patience)
    }

    #[tokio::test]
    async fn it_asks_for_a_subscription_that_names_our_user() {
        let server = MockServer::start().await;
        let answer = r#"{"id":"cs_1","object":"checkout.session","url":"https://checkout.stripe.com/c/pay/cs_1"}"#;
        Mock::given(method("POST"))
            .and(path("/v1/checkout/sessions"))
            .and(header("authorization", "Bearer sk_test_1"))
            .and(header("stripe-version", crate::config::API_VERSION))
            .and(header("idempotency-key", "key-1"))
            .and(header("content-type", "application/x-www-form-urlencoded"))
            .and(body_string_contains("mode=subscription"))
            .and(body_string_contains(
                "subscription_data%5Bmetadata%5D%5Buser_id%5D=00000000-0000-0000-0000-000000000002",
            ))
            .and(body_string_contains("subscription_data%5Btrial_period_days%5D=7"))
            .respond_with(ResponseTemplate::new(200).set_body_string(answer))
            .expect(1)
            .mount(&server)
            .await;
        let opened = gateway(&server).await.open(&request()).await.unwrap();
        assert_eq!(
            (opened.provider_id.as_str(), opened.url.as_str()),
            ("cs_1", "https://checkout.stripe.com/c/pay/cs_1")
        );
    }

    #[rstest]
    #[case(400, r#"{"error":{"type":"invalid_request_error","message":"No such price"}}"#, GatewayError::InvalidRequest("No such price".into()))]
    #[case(401, "", GatewayError::Unauthorized)]
    #[case(402, r#"{"error":{"code":"card_declined","decline_code":"insufficient_funds"}}"#, GatewayError::Declined { code: "insufficient_funds".into() })]
    #[case(429, "", GatewayError::RateLimited { retry_after: None })]
    #[case(500, "", GatewayError::Unavailable)]
    #[case(200, "<html>", GatewayError::Malformed("expected value at line 1 column 1".into()))]
    #[case(200, r#"{"id":"cs_1","url":null}"#, GatewayError::Malformed("the checkout has no url".into()))]
    #[tokio::test]
    async fn each_refusal_says_what_can_be_done(#[case] status: u16, #[case] body: &str, #[case] error: GatewayError) {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        assert_eq!(gateway(&server).await.open(&request()).await.unwrap_err(), error);
    }
}
