//! Numbers for Prometheus. Labels hold route templates and never a user's data.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use hos_domain::platform::Queue;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Bounds in seconds, close together where our answers are.
const DURATIONS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// The process's registry of numbers.
#[derive(Clone)]
pub(crate) struct Metrics(PrometheusHandle);

impl Metrics {
    /// Starts counting, once per process: servers that share a process (tests) share the numbers.
    pub(crate) fn start() -> Self {
        static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
        let install = || {
            let builder = PrometheusBuilder::new();
            let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &DURATIONS);
            let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
            let handle = recorder.handle();
            // Fails only when another recorder is there, which this lock rules out.
            let _ = ::metrics::set_global_recorder(recorder);
            describe();
            handle
        };
        Self(HANDLE.get_or_init(install).clone())
    }

    /// All numbers in Prometheus's text format.
    pub(crate) fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

fn describe() {
    ::metrics::describe_counter!("http_requests_total", "Requests answered, by method, route and status.");
    ::metrics::describe_histogram!("http_request_duration_seconds", "Time to answer a request, by method and route.");
    ::metrics::describe_gauge!("http_requests_in_flight", "Requests being handled.");
    ::metrics::describe_gauge!("jobs_waiting", "Jobs that are due, by queue.");
    ::metrics::describe_gauge!("jobs_lag_seconds", "How long the oldest due job has been waiting, by queue.");
    ::metrics::describe_counter!("jobs_total", "Jobs carried out, by name and outcome.");
    ::metrics::describe_counter!("webhooks_total", "Webhooks received, by provider and outcome.");
}

/// Counts one answered request.
pub(super) fn count_request(method: &Method, route: &str, status: StatusCode, elapsed: Duration, in_flight: usize) {
    let (method, route) = (method.as_str().to_owned(), route.to_owned());
    let labels = [("method", method.clone()), ("route", route.clone()), ("status", status.as_str().to_owned())];
    ::metrics::counter!("http_requests_total", &labels).increment(1);
    let labels = [("method", method), ("route", route)];
    ::metrics::histogram!("http_request_duration_seconds", &labels).record(elapsed.as_secs_f64());
    ::metrics::gauge!("http_requests_in_flight").set(f64::from(u32::try_from(in_flight).unwrap_or(u32::MAX)));
}

/// Notes how much work waits.
pub(crate) fn note_backlog(backlog: &[(Queue, u64, Duration)]) {
    for queue in Queue::ALL {
        let (waiting, lag) = backlog
            .iter()
            .find(|(of, ..)| *of == queue)
            .map_or((0, Duration::ZERO), |(_, waiting, lag)| (*waiting, *lag));
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        ::metrics::gauge!("jobs_waiting", "queue" => queue.name()).set(f64::from(waiting));
        ::metrics::gauge!("jobs_lag_seconds", "queue" => queue.name()).set(lag.as_secs_f64());
    }
}
