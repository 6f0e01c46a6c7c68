//! The client of the sandbox, a file per port: real HTTP to our own server.

mod checkout;
mod invoices;
mod subscriptions;

use std::sync::Arc;

use hos_domain::billing::{Gateways, Observed};
use hos_domain::kernel::GatewayError;
use hos_domain::sandbox::SandboxDeed;
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::translate::observation;
use crate::wire::SaidBody;

/// Asks the sandbox.
pub struct SandboxGateway {
    outbound: Outbound,
    key: SecretString,
}

impl SandboxGateway {
    /// Talks to the sandbox at `base_url` with its API key.
    #[must_use]
    pub fn new(http: HttpClient, base_url: &str, key: SecretString) -> Self {
        Self { outbound: Outbound::new(http, "sandbox", base_url, Patience::default()), key }
    }

    /// All that can be asked of the sandbox.
    #[must_use]
    pub fn gateways(self: Arc<Self>) -> Gateways {
        Gateways {
            checkout: Some(self.clone()),
            subscriptions: Some(self.clone()),
            previews: Some(self.clone()),
            portal: Some(self.clone()),
            refunds: Some(self.clone()),
            invoices: Some(self),
            // Nothing of the sandbox is metered, it pays nobody, and its customers come with their checkouts.
            ..Gateways::default()
        }
    }

    async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<T, GatewayError> {
        let answer = self.outbound.send(call.bearer(self.key.expose_secret())).await?;
        if problem(&answer).is_some_and(|problem| problem.code == "CARD_DECLINED") {
            return Err(GatewayError::Declined { code: "card_declined".to_owned() });
        }
        answer.success(reason)?.json()
    }

    async fn perform(&self, deed: &SandboxDeed, key: &str) -> Observed {
        let said_so: SaidBody = self.send(Call::post("/sandbox/v1/deeds").json(deed).once(key)).await?;
        said(&said_so.events)
    }

    async fn look(&self, object: &str) -> Observed {
        let sane = object.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !sane || object.is_empty() {
            return Err(GatewayError::NotFound);
        }
        let said_so: SaidBody = self.send(Call::get(format!("/sandbox/v1/objects/{object}"))).await?;
        said(&said_so.events)
    }
}

/// Answers hold the same events as webhooks, so both say the same.
fn said(events: &[String]) -> Observed {
    let malformed = |error: serde_json::Error| GatewayError::Malformed(error.to_string());
    let events = events.iter().map(|event| serde_json::from_str(event).map_err(malformed));
    events
        .map(|event| observation(event?).ok_or_else(|| GatewayError::Malformed("an unknown object".to_owned())))
        .collect()
}

#[derive(Deserialize)]
struct ErrorBody {
    error: Problem,
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    message: String,
}

fn problem(answer: &Answer) -> Option<Problem> {
    if answer.status < 400 {
        return None;
    }
    answer.json::<ErrorBody>().ok().map(|body| body.error)
}

/// The sandbox's own words for what it refused.
pub(crate) fn reason(answer: &Answer) -> Option<String> {
    problem(answer).map(|problem| problem.message)
}
