//! The application: what `serve` starts, and what tests start on port 0.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::{Server, ServerHandle};
use actix_web::http::header;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer, web};
use hos_local::HashingCost;
use sentry::integrations::actix::Sentry;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use utoipa_actix_web::AppExt;

use crate::foundation::{Foundation, StartError};
use crate::http::{
    Connections, TrustedProxies, access_log, answer_head, limit_connections, mark_small, rate_limit, security_headers,
    timeout, unmark_small,
};
use crate::routes::{self, MetricsDoor, announce_end, choose_version, follow_aliases, not_found};
use crate::settings::Settings;
use crate::telemetry::{Metrics, Telemetry};
use crate::wiring::UseCases;
use crate::worker::Worker;

/// A client that has not sent its headers by then is not going to: slow ones on purpose hold connections open.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// Longer than the proxies in front of us, so that it is they who close.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// A server that is listening.
pub struct Application {
    address: SocketAddr,
    foundation: Foundation,
    server: Server,
    worker: Option<Worker>,
    telemetry: Arc<Telemetry>,
}

impl Application {
    /// Opens everything and listens. A PostgreSQL server that is away does not prevent the start: the server says it is
    /// not ready, and goes on when the database comes.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        Self::start_with(settings, HashingCost::RECOMMENDED).await
    }

    /// The same with another hashing cost, for tests.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn start_with(settings: Settings, hashing_cost: HashingCost) -> Result<Self, StartError> {
        let (listener, address) = listen(&settings)?;
        let foundation = Foundation::lay(settings, address.port(), hashing_cost).await?;
        let parts = &foundation.parts;
        let telemetry = Arc::new(Telemetry::new(
            parts.clock.clone(),
            parts.ids.clone(),
            parts.settings.observability.log_user_id,
            parts.data_key.derive("user names in logs"),
            parts.settings.server.debug,
        ));
        let server = http_server(&foundation, listener, telemetry.clone());
        let worker = parts.settings.server.run_jobs.then(|| foundation.worker());
        Ok(Self { address, foundation, server, worker, telemetry })
    }

    /// Where it really listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How clients reach it.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.foundation.parts.public_url
    }

    /// What it can do.
    pub(crate) const fn use_cases(&self) -> &UseCases {
        &self.foundation.use_cases
    }

    /// Serves until `stop` is done, then drains: says it is not ready, finishes what is under way, ends.
    ///
    /// # Errors
    /// When the server breaks before it is told to stop.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let settings = &self.foundation.parts.settings.server;
        let (patience, notice) = (settings.drain_timeout, settings.drain_notice());
        let (stop_worker, stopped) = watch::channel(false);
        let worker = self.worker.map(|worker| tokio::spawn(worker.run(stopped, patience)));
        let handle = self.server.handle();
        let mut server = tokio::spawn(self.server);
        tokio::select! {
            () = stop => {}
            ended = &mut server => return ended.unwrap_or_else(|error| Err(std::io::Error::other(error))),
        }
        self.foundation.health.note_draining();
        tokio::time::sleep(notice).await;
        drain(&handle, &self.telemetry, patience).await;
        let _ = stop_worker.send(true);
        finish(worker, server).await;
        self.foundation.close().await;
        Ok(())
    }
}

/// Requests in flight are waited for before any thread of the server ends: on PostgreSQL a connection belongs to the
/// thread that opened it, and would die under a request that another thread still serves.
async fn drain(handle: &ServerHandle, telemetry: &Telemetry, patience: Duration) {
    handle.pause().await;
    let idle = async {
        while telemetry.in_flight() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let _ = tokio::time::timeout(patience, idle).await;
    handle.stop(true).await;
}

async fn finish(worker: Option<JoinHandle<()>>, server: JoinHandle<std::io::Result<()>>) {
    if let Some(worker) = worker {
        let _ = worker.await;
    }
    let _ = server.await;
}

fn listen(settings: &Settings) -> Result<(TcpListener, SocketAddr), StartError> {
    let address = format!("{}:{}", settings.server.host(), settings.server.port);
    let listening = TcpListener::bind(&address).and_then(|listener| Ok((listener.local_addr()?, listener)));
    match listening {
        Ok((bound, listener)) => Ok((listener, bound)),
        Err(cause) => Err(StartError::Listen { address, cause }),
    }
}

fn http_server(foundation: &Foundation, listener: TcpListener, telemetry: Arc<Telemetry>) -> Server {
    let (parts, use_cases) = (&foundation.parts, foundation.use_cases.clone());
    let metrics_door = Data::new(MetricsDoor {
        metrics: Metrics::start(),
        token: parts.settings.observability.metrics_token.clone(),
        open_to_all: parts.settings.server.debug,
        jobs: Arc::new(parts.storage.clone()),
        clock: parts.clock.clone(),
    });
    let (health, telemetry) = (Data::from(foundation.health.clone()), Data::from(telemetry));
    let proxies = Data::new(TrustedProxies(parts.settings.server.trusted_proxies.clone()));
    let (gate, browsers) = (Data::new(foundation.rate_gate()), Data::new(foundation.browsers()));
    let connections = Connections::new(parts.settings.limits.connections, (**proxies).clone());
    let reported = parts.settings.observability.sentry_dsn.is_some();
    let origins = parts.settings.server.cors_origins.clone();
    let server = HttpServer::new(move || {
        App::new()
            .into_utoipa_app()
            .configure(routes::configure)
            .into_app()
            .configure(|config| use_cases.provide(config))
            .app_data(health.clone())
            .app_data(telemetry.clone())
            .app_data(metrics_door.clone())
            .app_data(proxies.clone())
            .app_data(gate.clone())
            .app_data(browsers.clone())
            .default_service(web::to(not_found))
            .wrap(from_fn(rate_limit))
            .wrap(from_fn(follow_aliases))
            .wrap(from_fn(announce_end))
            .wrap(from_fn(choose_version))
            .wrap(from_fn(answer_head))
            .wrap(from_fn(timeout))
            .wrap(from_fn(mark_small))
            .wrap(Compress::default())
            .wrap(from_fn(unmark_small))
            .wrap(from_fn(limit_connections))
            .wrap(cors(&origins))
            .wrap(from_fn(security_headers))
            .wrap(from_fn(access_log))
            .wrap(Condition::new(reported, reports_by_request()))
    });
    let server = server
        .on_connect(move |connection, data| connections.count(connection, data))
        .client_request_timeout(HEADERS_WITHIN)
        .keep_alive(KEEP_ALIVE)
        .disable_signals()
        .shutdown_timeout(parts.settings.server.drain_timeout.as_secs());
    let server = match parts.settings.server.http_workers {
        Some(workers) => server.workers(workers.max(1)),
        None => server,
    };
    // Listening has happened already; handing over an open listener has no way to fail.
    match server.listen(listener) {
        Ok(server) => server.run(),
        Err(error) => unreachable!("an open listener was refused: {error}"),
    }
}

/// Tells reports of one request from those of another. What failed is logged, and from there reported, once.
fn reports_by_request() -> Sentry {
    Sentry::builder().capture_server_errors(false).start_transaction(true).finish()
}

/// Only the named origins, with what our clients send and may read.
fn cors(origins: &[String]) -> Cors {
    let cors = origins.iter().fold(Cors::default(), |cors, origin| cors.allowed_origin(origin));
    cors.allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT])
        .allowed_headers(["idempotency-key", "if-match", "if-none-match", "x-request-id", "api-version"])
        .allowed_headers(["x-auth-mode", "x-csrf-token"])
        .expose_headers(["ratelimit", "ratelimit-policy", "retry-after", "x-request-id", "etag"])
        .expose_headers(["api-version", "deprecation", "sunset", "link"])
        .supports_credentials()
        .max_age(3600)
}
