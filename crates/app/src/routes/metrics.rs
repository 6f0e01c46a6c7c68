//! `/metrics` for Prometheus.

use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use hos_domain::kernel::{Clock, ErrorKind};
use hos_domain::platform::JobQueue;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::ApiError;
use crate::telemetry::{Metrics, note_backlog};

/// Who may read the numbers, and where those come from that are looked up when asked for.
pub(crate) struct MetricsDoor {
    pub(crate) metrics: Metrics,
    pub(crate) token: Option<SecretString>,
    pub(crate) open_to_all: bool,
    pub(crate) jobs: Arc<dyn JobQueue>,
    pub(crate) clock: Arc<dyn Clock>,
}

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(read_metrics);
}

/// Numbers for Prometheus
///
/// With `METRICS_TOKEN` set it must be sent as bearer token; without it only loopback may read.
#[utoipa::path(
    tag = "platform",
    responses(
        (status = 200, description = "Prometheus's text format.", body = String, content_type = "text/plain"),
        (status = 401, description = "The token is missing."),
    ),
)]
#[get("/metrics")]
async fn read_metrics(request: HttpRequest, door: Data<MetricsDoor>) -> Result<HttpResponse, ApiError> {
    door.admit(&request)?;
    // A database that is away must not hide the numbers that show it.
    if let Ok(backlog) = door.jobs.backlog(door.clock.now()).await {
        note_backlog(&backlog);
    }
    Ok(HttpResponse::build(StatusCode::OK).content_type("text/plain; version=0.0.4").body(door.metrics.render()))
}

impl MetricsDoor {
    fn admit(&self, request: &HttpRequest) -> Result<(), ApiError> {
        let admitted = match &self.token {
            Some(token) => {
                let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
                sent.is_some_and(|sent| hos_local::same_secret(sent, &format!("Bearer {}", token.expose_secret())))
            }
            None => self.open_to_all || request.peer_addr().is_some_and(|peer| peer.ip().is_loopback()),
        };
        if admitted {
            return Ok(());
        }
        Err(ApiError::new(ErrorKind::Unauthenticated, "Send the metrics token: Authorization: Bearer …"))
    }
}
