//! The outermost middleware: gives each request its id and context, measures it, and writes one log line about it.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage};
use futures_util::FutureExt;
use hos_domain::kernel::ErrorKind;
use hos_sql::{QueryStats, metered};
use hos_usecases::identity::Sender;

use super::request_context::{self, RequestContext};
use crate::error::ApiError;
use crate::telemetry::Telemetry;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Browsers' developer tools show what stands here.
static SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
static TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");

/// Wraps the handling of every request.
pub(crate) async fn access_log<B: MessageBody>(
    telemetry: Data<Telemetry>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let started = Instant::now();
    let _in_flight = telemetry.enter();
    let request_id = sane_id(request.headers()).unwrap_or_else(|| telemetry.new_request_id());
    let mut line =
        Line { trace_id: trace_id(request.headers()), request_id, method: request.method().clone(), ..Line::default() };
    let context = RequestContext { request_id: line.request_id.clone(), now: telemetry.now() };
    // A handler that panics must cost its own client an answer, not a broken connection.
    let handling = AssertUnwindSafe(next.call(request)).catch_unwind();
    let handling = async { handling.await.unwrap_or_else(|_| Err(broken().into())) };
    let (outcome, queries) = metered(request_context::scope(context, handling)).await;
    (line.queries, line.elapsed) = (queries, started.elapsed());
    match outcome {
        Ok(mut response) => {
            if let Ok(value) = HeaderValue::from_str(&line.request_id) {
                response.headers_mut().insert(REQUEST_ID.clone(), value);
            }
            if telemetry.show_cost {
                response.headers_mut().insert(SERVER_TIMING.clone(), line.cost());
            }
            line.learn_from(&response);
            line.write(&telemetry);
            Ok(response)
        }
        Err(error) => {
            line.status = error.as_response_error().status_code();
            line.error = error.as_error::<ApiError>().and_then(ApiError::causes);
            line.write(&telemetry);
            Err(error)
        }
    }
}

fn broken() -> ApiError {
    ApiError::new(ErrorKind::Internal, "Something went wrong on our side; it has been recorded.")
}

/// A client's own id is taken when it is short and harmless, so that its log and ours can be joined.
fn sane_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(&REQUEST_ID)?.to_str().ok()?;
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    ((1..=128).contains(&id.len()) && id.bytes().all(harmless)).then(|| id.to_owned())
}

/// The trace id of a W3C `traceparent`: `00-{32 hex}-{16 hex}-{2 hex}`.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let parent = headers.get(&TRACE_PARENT)?.to_str().ok()?;
    let trace = parent.split('-').nth(1)?;
    let valid =
        trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit()) && trace.bytes().any(|b| b != b'0');
    valid.then(|| trace.to_owned())
}

/// What is said of one request.
#[derive(Default)]
struct Line {
    request_id: String,
    trace_id: Option<String>,
    method: Method,
    /// The route's template: the path itself may hold ids and is nobody's business.
    route: Option<String>,
    status: StatusCode,
    elapsed: Duration,
    queries: QueryStats,
    bytes: u64,
    sender: Option<Sender>,
    error: Option<String>,
}

impl Line {
    fn learn_from<B: MessageBody>(&mut self, response: &ServiceResponse<B>) {
        self.route = response.request().match_pattern();
        self.status = response.status();
        self.sender = response.request().extensions().get::<Sender>().copied();
        if let BodySize::Sized(bytes) = response.response().body().size() {
            self.bytes = bytes;
        }
        let error = response.response().error().and_then(|error| error.as_error::<ApiError>());
        self.error = error.and_then(ApiError::causes);
    }

    /// What the request cost, as `Server-Timing`.
    fn cost(&self) -> HeaderValue {
        let QueryStats { queries, elapsed } = self.queries;
        let text = format!("db;dur={};desc=\"{queries} queries\", total;dur={}", millis(elapsed), millis(self.elapsed));
        HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("total"))
    }

    fn write(&self, telemetry: &Telemetry) {
        let route = self.route.as_deref().unwrap_or("unmatched");
        telemetry.count_request(&self.method, route, self.status, self.elapsed);
        let user_id = self.sender.map(|sender| telemetry.name_of(sender.user()));
        let actor_id = self.sender.and_then(|sender| sender.actor()).map(|actor| telemetry.name_of(actor));
        tracing::info!(
            target: "access",
            request_id = self.request_id,
            trace_id = self.trace_id,
            method = self.method.as_str(),
            path = route,
            status = self.status.as_u16(),
            duration_ms = millis(self.elapsed),
            user_id,
            actor_id,
            bytes = self.bytes,
            db_ms = millis(self.queries.elapsed),
            db_queries = self.queries.queries,
            "request"
        );
        if self.status.is_server_error() {
            let error = self.error.as_deref().unwrap_or("no cause known");
            tracing::error!(
                request_id = self.request_id,
                path = route,
                status = self.status.as_u16(),
                error,
                "request failed"
            );
        }
    }
}

fn millis(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn headers(name: &HeaderName, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name.clone(), HeaderValue::from_str(value).unwrap());
        headers
    }

    #[rstest]
    #[case("abc-123_X.y:z", true)]
    #[case("", false)]
    #[case("with space", false)]
    #[case("{\"inject\":1}", false)]
    fn only_a_harmless_request_id_is_taken(#[case] id: &str, #[case] taken: bool) {
        assert_eq!(sane_id(&headers(&REQUEST_ID, id)).is_some(), taken);
    }

    #[test]
    fn the_trace_id_of_a_traceparent_is_read() {
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(trace_id(&headers(&TRACE_PARENT, parent)).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(trace_id(&headers(&TRACE_PARENT, "00-xyz-1-1")), None);
    }
}
