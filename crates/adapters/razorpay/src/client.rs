//! The one place with authentication and error mapping.

use hos_domain::kernel::GatewayError;
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::RazorpayConfig;

/// Asks Razorpay. It has no general idempotency key: a write is sent once, and after an answer that was lost its effect
/// is looked for, never repeated blindly.
pub(crate) struct RazorpayClient {
    outbound: Outbound,
    config: RazorpayConfig,
}

impl RazorpayClient {
    pub(crate) fn new(http: HttpClient, config: RazorpayConfig, patience: Patience) -> Self {
        Self { outbound: Outbound::new(http, "razorpay", config.base_url.clone(), patience), config }
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, GatewayError> {
        self.send(Call::get(path)).await?.json()
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, GatewayError> {
        self.send(Call::post(path).json(body)).await?.json()
    }

    pub(crate) async fn send(&self, call: Call) -> Result<Answer, GatewayError> {
        let call = call.basic(&self.config.key_id, self.config.key_secret.expose_secret());
        let answer = self.outbound.send(call).await?;
        let words = problem(&answer).and_then(|problem| problem.description);
        match (answer.status, words.as_deref().unwrap_or_default().to_lowercase()) {
            // It says so with 400 too.
            (400, words)
                if words.contains("authentication failed") || words.contains("api key provided is invalid") =>
            {
                Err(GatewayError::Unauthorized)
            }
            (400, words) if words.contains("does not exist") => Err(GatewayError::NotFound),
            // Another try with the same key is under way.
            (409, _) => Err(GatewayError::Unavailable),
            _ => answer.success(|_| words),
        }
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    description: Option<String>,
}

fn problem(answer: &Answer) -> Option<Problem> {
    answer.json::<ErrorBody>().ok().map(|body| body.error)
}

/// An id as a part of a path. What has other letters is no id of Razorpay's, and must not lead elsewhere.
pub(crate) fn segment(id: &str) -> Result<&str, GatewayError> {
    let sane = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if sane { Ok(id) } else { Err(GatewayError::NotFound) }
}
