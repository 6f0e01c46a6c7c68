//! Calls to one outside party.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use hos_domain::kernel::GatewayError;
use reqwest::Client;

use crate::breaker::Breaker;
use crate::call::{Answer, Body, Call, Method};

/// How long an outside party is waited for, and how often it is asked again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// The longest one try may take.
    pub timeout: Duration,
    /// How often in all a repeatable call is tried.
    pub tries: usize,
    /// The wait before the second try; doubles, with jitter.
    pub first_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(15), tries: 3, first_wait: Duration::from_secs(1) }
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The one client, shared by all parties: connections are pooled over all of them. Redirects are not followed: no party
/// of ours needs them, and a key must not travel to where somebody points.
#[derive(Clone)]
pub struct HttpClient(Client);

/// One TLS stack for the whole process: rustls with ring. Again is as good as once.
pub fn set_up_tls() {
    // Refused when it was set up before, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl HttpClient {
    /// A client.
    ///
    /// # Errors
    /// When the TLS set-up or the system's certificates can't be used.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn new() -> Result<Self, String> {
        set_up_tls();
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("hypertrophy-os/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|error| error.to_string())
    }
}

/// One outside party.
pub struct Outbound {
    client: HttpClient,
    name: &'static str,
    base_url: String,
    patience: Patience,
    breaker: Breaker,
}

impl Outbound {
    /// The party `name`, for logs and metrics, at `base_url`.
    #[must_use]
    pub fn new(client: HttpClient, name: &'static str, base_url: impl Into<String>, patience: Patience) -> Self {
        Self { client, name, base_url: base_url.into(), patience, breaker: Breaker::default() }
    }

    /// Asks, again when that makes sense: a repeatable call that found nobody, was asked to wait, or met a server's own
    /// failure. Any status that is final is an answer.
    ///
    /// # Errors
    /// `Unavailable` and `Timeout` when there was no answer, or the circuit is open.
    pub async fn send(&self, call: Call) -> Result<Answer, GatewayError> {
        let waits = ExponentialBuilder::default()
            .with_min_delay(self.patience.first_wait)
            .with_max_delay(LONGEST_WAIT)
            .with_max_times(self.patience.tries.saturating_sub(1))
            .with_jitter();
        let outcome = (|| self.try_once(&call))
            .retry(waits)
            .when(|failure| call.repeatable && failure.worth_another_try())
            .adjust(|failure, wait| {
                wait.map(|wait| failure.asked_to_wait().map_or(wait, |asked| asked.min(LONGEST_WAIT)))
            })
            .await;
        match outcome {
            Ok(answer) | Err(Failure::Answer(answer)) => Ok(answer),
            Err(Failure::Error(error)) => Err(error),
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Answer, Failure> {
        if !self.breaker.admits() {
            return Err(Failure::Error(GatewayError::Unavailable));
        }
        let started = Instant::now();
        let outcome = self.exchange(call).await;
        let status = outcome.as_ref().map_or(0, |answer| answer.status);
        metrics::histogram!("provider_request_duration_seconds", "provider" => self.name)
            .record(started.elapsed().as_secs_f64());
        metrics::counter!("provider_requests_total", "provider" => self.name, "status" => status.to_string())
            .increment(1);
        // The path only: a query may hold a signature.
        let path = call.path.split('?').next().unwrap_or_default();
        tracing::debug!(provider = self.name, method = ?call.method, path, status, elapsed = ?started.elapsed(), "called");
        match outcome {
            Ok(answer) if answer.status >= 500 => {
                self.breaker.failed();
                Err(Failure::Answer(answer))
            }
            Ok(answer) => {
                self.breaker.succeeded();
                if matches!(answer.status, 408 | 429) { Err(Failure::Answer(answer)) } else { Ok(answer) }
            }
            Err(error) => {
                self.breaker.failed();
                Err(Failure::Error(error))
            }
        }
    }

    async fn exchange(&self, call: &Call) -> Result<Answer, GatewayError> {
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Head => reqwest::Method::HEAD,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request =
            self.client.0.request(method, format!("{}{}", self.base_url, call.path)).timeout(self.patience.timeout);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        request = match &call.body {
            Body::Empty => request,
            Body::Bytes { content_type, bytes } => request.header("content-type", *content_type).body(bytes.clone()),
            Body::Form(fields) => request.form(fields),
        };
        let asked_at = Instant::now();
        let mut response = request.send().await.map_err(|error| translate(&error))?;
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        let headers = response.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned()))).collect();
        while let Some(chunk) = response.chunk().await.map_err(|error| translate(&error))? {
            if body.len() + chunk.len() > call.largest_answer {
                return Err(GatewayError::Malformed("the answer is too large".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body, elapsed: asked_at.elapsed() })
    }
}

/// A try that may be worth another.
#[derive(Debug)]
enum Failure {
    Answer(Answer),
    Error(GatewayError),
}

impl Failure {
    fn worth_another_try(&self) -> bool {
        match self {
            Self::Answer(answer) => matches!(answer.status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Error(error) => matches!(error, GatewayError::Unavailable | GatewayError::Timeout),
        }
    }

    fn asked_to_wait(&self) -> Option<Duration> {
        match self {
            Self::Answer(answer) => answer.retry_after(),
            Self::Error(_) => None,
        }
    }
}

/// The client's errors quote the URL, and a URL may hold a secret: only their kind is kept.
fn translate(error: &reqwest::Error) -> GatewayError {
    if error.is_timeout() {
        GatewayError::Timeout
    } else if error.is_builder() {
        GatewayError::InvalidRequest("the request could not be built; check the base URL".to_owned())
    } else {
        GatewayError::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{header, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    fn quick() -> Patience {
        Patience { timeout: Duration::from_millis(300), tries: 3, first_wait: Duration::from_millis(1) }
    }

    fn client() -> HttpClient {
        HttpClient::new().unwrap()
    }

    async fn server() -> MockServer {
        MockServer::start().await
    }

    #[tokio::test]
    async fn a_repeatable_call_is_tried_again_with_the_same_key_and_another_is_not() {
        let server = server().await;
        let failing = Mock::given(method("POST")).and(path("/x")).and(header("idempotency-key", "k"));
        failing.respond_with(ResponseTemplate::new(500)).up_to_n_times(2).expect(2).mount(&server).await;
        Mock::given(method("POST"))
            .and(header("idempotency-key", "k"))
            .respond_with(ResponseTemplate::new(200))
            .expect(1)
            .mount(&server)
            .await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        assert_eq!(party.send(Call::post("/x").once("k")).await.unwrap().status, 200);

        Mock::given(path("/y")).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
        assert_eq!(party.send(Call::post("/y")).await.unwrap().status, 503);
    }

    #[tokio::test]
    async fn who_asks_us_to_wait_is_asked_again_later() {
        let server = server().await;
        let limited = ResponseTemplate::new(429).insert_header("retry-after", "0");
        Mock::given(path("/x")).respond_with(limited).up_to_n_times(1).mount(&server).await;
        Mock::given(path("/x")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        assert_eq!(party.send(Call::get("/x")).await.unwrap().status, 200);
    }

    #[tokio::test]
    async fn a_party_that_does_not_answer_is_a_timeout_and_one_that_is_not_there_unavailable() {
        let server = server().await;
        let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
        Mock::given(path("/slow")).respond_with(slow).mount(&server).await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        assert_eq!(party.send(Call::post("/slow")).await.unwrap_err(), GatewayError::Timeout);
        let nobody = Outbound::new(client(), "test", "http://127.0.0.1:1", quick());
        assert_eq!(nobody.send(Call::get("/")).await.unwrap_err(), GatewayError::Unavailable);
    }

    #[tokio::test]
    async fn after_five_failures_nobody_is_asked_any_more() {
        let server = server().await;
        Mock::given(path("/x")).respond_with(ResponseTemplate::new(500)).expect(5).mount(&server).await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        for _ in 0..5 {
            assert_eq!(party.send(Call::post("/x")).await.unwrap().status, 500);
        }
        assert_eq!(party.send(Call::post("/x")).await.unwrap_err(), GatewayError::Unavailable);
    }

    #[tokio::test]
    async fn an_answer_larger_than_expected_is_given_up() {
        let server = server().await;
        Mock::given(path("/x")).respond_with(ResponseTemplate::new(200).set_body_string("12345")).mount(&server).await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        assert_eq!(party.send(Call::get("/x").answered_within(5)).await.unwrap().body, b"12345");
        let larger = party.send(Call::get("/x").answered_within(4)).await;
        assert!(matches!(larger, Err(GatewayError::Malformed(_))), "{larger:?}");
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let server = server().await;
        let elsewhere = ResponseTemplate::new(302).insert_header("location", "http://127.0.0.1:1/steal");
        Mock::given(path("/x")).respond_with(elsewhere).mount(&server).await;
        let party = Outbound::new(client(), "test", server.uri(), quick());
        let answer = party.send(Call::post("/x").bearer("secret")).await.unwrap();
        assert!(matches!(answer.success(|_| None), Err(GatewayError::InvalidRequest(_))));
    }
}
