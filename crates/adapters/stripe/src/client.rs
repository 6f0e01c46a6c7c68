//! The one place with authentication, version and error mapping.

use hos_domain::kernel::GatewayError;
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::config::{API_VERSION, StripeConfig};

/// Asks Stripe.
pub(crate) struct StripeClient {
    outbound: Outbound,
    config: StripeConfig,
}

impl StripeClient {
    pub(crate) fn new(http: HttpClient, config: StripeConfig, patience: Patience) -> Self {
        Self { outbound: Outbound::new(http, "stripe", config.base_url.clone(), patience), config }
    }

    /// POST with a form. The same key gives the same answer, however often it is sent.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Vec<(String, String)>,
        idempotency_key: &str,
    ) -> Result<T, GatewayError> {
        let call = Call::post(path).form(form).once(idempotency_key).header("stripe-version", API_VERSION);
        let answer = self.outbound.send(call.bearer(self.config.api_key.expose_secret())).await?;
        if answer.status == 402 {
            let code = problem(&answer).and_then(|problem| problem.decline_code.or(problem.code));
            return Err(GatewayError::Declined { code: code.unwrap_or_else(|| "card_declined".to_owned()) });
        }
        answer.success(|answer| problem(answer).and_then(|problem| problem.message))?.json()
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    code: Option<String>,
    decline_code: Option<String>,
    message: Option<String>,
}

fn problem(answer: &Answer) -> Option<Problem> {
    answer.json::<ErrorBody>().ok().map(|body| body.error)
}
