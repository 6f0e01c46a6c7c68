//! The one place with authentication and error mapping.

use std::sync::Arc;

use hos_domain::billing::Gateways;
use hos_domain::kernel::{Clock, GatewayError, Timestamp};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{RazorpayConfig, environment_of};
use crate::translate::Frame;

/// Razorpay, for all that can be asked of it. It has no general idempotency key: a write is sent once, and after an answer
/// that was lost its effect is looked for, never repeated blindly.
pub struct Razorpay {
    outbound: Outbound,
    config: RazorpayConfig,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What Razorpay said, and as of when.
pub(crate) struct Said<T> {
    pub(crate) body: T,
    pub(crate) as_of: Timestamp,
}

impl Razorpay {
    /// Talks to the Razorpay of `config`. The clock says when a trial that begins now ends.
    #[must_use]
    pub fn new(http: HttpClient, config: RazorpayConfig, patience: Patience, clock: Arc<dyn Clock>) -> Self {
        Self { outbound: Outbound::new(http, "razorpay", config.base_url.clone(), patience), config, clock }
    }

    /// All that can be asked of Razorpay. It has no page for customers, tells no price of a change beforehand, deletes no
    /// customer and takes no meter's readings.
    #[must_use]
    pub fn gateways(self: Arc<Self>) -> Gateways {
        Gateways {
            checkout: Some(self.clone()),
            subscriptions: Some(self.clone()),
            refunds: Some(self.clone()),
            invoices: Some(self),
            ..Gateways::default()
        }
    }

    /// How observations of what Razorpay answers begin.
    pub(crate) fn frame(&self, as_of: Timestamp) -> Frame {
        Frame::answered(environment_of(&self.config.key_id), as_of)
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Said<T>, GatewayError> {
        self.send(Call::get(path)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Said<T>, GatewayError> {
        self.send(Call::post(path).json(body)).await
    }

    /// Any call.
    pub(crate) async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<Said<T>, GatewayError> {
        let call = call.basic(&self.config.key_id, self.config.key_secret.expose_secret());
        let answer = self.outbound.send(call).await?;
        let why = problem(&answer);
        let words = why.as_deref().unwrap_or_default().to_lowercase();
        match answer.status {
            // It says so with 400 too.
            400 if words.contains("authentication failed") || words.contains("api key provided is invalid") => {
                return Err(GatewayError::Unauthorized);
            }
            400 if words.contains("does not exist") => return Err(GatewayError::NotFound),
            // Another try with the same key is under way.
            409 => return Err(GatewayError::Unavailable),
            _ => {}
        }
        let answer = answer.success(|_| why)?;
        Ok(Said { as_of: answer.as_of()?, body: answer.json()? })
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

fn problem(answer: &Answer) -> Option<String> {
    if answer.status < 400 {
        return None;
    }
    answer.json::<ErrorBody>().ok().and_then(|body| body.error.description)
}

/// An id that stands in a path. Ours come from Razorpay or from a client; what is no id names nothing.
pub(crate) fn in_path(id: &str) -> Result<&str, GatewayError> {
    let sane = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if sane { Ok(id) } else { Err(GatewayError::NotFound) }
}
