//! The one place with authentication, version and error mapping.

use hos_domain::billing::{Environment, Gateways};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

use crate::config::{API_VERSION, StripeConfig};
use crate::translate::Frame;

/// Stripe, for all that can be asked of it.
pub struct Stripe {
    outbound: Outbound,
    config: StripeConfig,
}

/// The fields of a form or a query.
pub(crate) type Fields = Vec<(String, String)>;

/// Fields with names that are known beforehand.
pub(crate) fn fields<'a>(named: impl IntoIterator<Item = (&'a str, String)>) -> Fields {
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What Stripe said, and as of when.
pub(crate) struct Said<T> {
    pub(crate) body: T,
    pub(crate) as_of: Timestamp,
}

impl Stripe {
    /// Talks to the Stripe of `config`.
    #[must_use]
    pub fn new(http: HttpClient, config: StripeConfig, patience: Patience) -> Self {
        Self { outbound: Outbound::new(http, "stripe", config.base_url.clone(), patience), config }
    }

    /// All that can be asked of Stripe, over one connection pool and one circuit breaker.
    #[must_use]
    pub fn gateways(self: Arc<Self>) -> Gateways {
        Gateways {
            checkout: Some(self.clone()),
            subscriptions: Some(self.clone()),
            previews: Some(self.clone()),
            portal: Some(self.clone()),
            refunds: Some(self.clone()),
            invoices: Some(self.clone()),
            customers: Some(self.clone()),
            usage: Some(self.clone()),
            payouts: Some(self),
        }
    }

    /// How observations of what Stripe answers begin. Not every object says whether it is live; the key does.
    pub(crate) fn frame(&self, as_of: Timestamp) -> Frame {
        let live = self.config.api_key.expose_secret().contains("_live_");
        Frame::answered(if live { Environment::Production } else { Environment::Sandbox }, as_of)
    }

    /// POST with a form. The same key gives the same answer, however often it is sent.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Fields,
        idempotency_key: &str,
    ) -> Result<Said<T>, GatewayError> {
        self.send(Call::post(path).form(form).once(idempotency_key)).await
    }

    /// GET.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str, query: Fields) -> Result<Said<T>, GatewayError> {
        self.send(Call::get(path).query(query)).await
    }

    /// Any call.
    pub(crate) async fn send<T: DeserializeOwned>(&self, call: Call) -> Result<Said<T>, GatewayError> {
        let call = call.header("stripe-version", API_VERSION).bearer(self.config.api_key.expose_secret());
        let answer = self.outbound.send(call).await?;
        let why = problem(&answer);
        match answer.status {
            402 => {
                let code = why.and_then(|problem| problem.decline_code.or(problem.code));
                return Err(GatewayError::Declined { code: code.unwrap_or_else(|| "card_declined".to_owned()) });
            }
            // A request with this key is under way, or the object is locked: the same request is right again in a moment.
            409 => return Err(GatewayError::Unavailable),
            _ => {}
        }
        let answer = answer.success(|_| why.and_then(|problem| problem.message))?;
        Ok(Said { as_of: answer.as_of()?, body: answer.json()? })
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
    if answer.status < 400 {
        return None;
    }
    answer.json::<ErrorBody>().ok().map(|body| body.error)
}

/// An id that stands in a path. Ours come from Stripe or from a client; what is no id names nothing.
pub(crate) fn in_path(id: &str) -> Result<&str, GatewayError> {
    let sane = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if sane { Ok(id) } else { Err(GatewayError::NotFound) }
}
