//! Is the server well? Short paths at the root, as deployment platforms expect them.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Json};
use actix_web::{Either, HttpResponse, get};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::health::{Health, State};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(read_health).service(is_live).service(is_ready).service(ask_database).service(ask_redis);
}

/// How the server is.
#[derive(Serialize, ToSchema)]
struct HealthBody {
    /// `ok`, or `degraded` when something is away.
    #[schema(example = "ok")]
    status: &'static str,
    /// When this was said.
    #[schema(format = DateTime)]
    timestamp: String,
    /// The version that runs.
    #[schema(example = "0.1.0")]
    version: &'static str,
    /// Each party this server needs, and how it is.
    checks: BTreeMap<&'static str, &'static str>,
}

impl HealthBody {
    fn of(health: &Health, state: &State) -> Self {
        let word = |well: bool| if well { "ok" } else { "unavailable" };
        let migrations = if state.migrated { "ok" } else { "pending" };
        Self {
            status: if state.is_well() { "ok" } else { "degraded" },
            timestamp: health.clock.now().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            checks: [("database", word(state.database)), ("migrations", migrations)]
                .into_iter()
                .chain(state.redis.map(|answers| ("redis", word(answers))))
                .collect(),
        }
    }
}

/// How the server is
///
/// Always 200 while the server answers; `checks` says what is away.
#[utoipa::path(tag = "platform", responses((status = 200, body = HealthBody)))]
#[get("/health")]
async fn read_health(health: Data<Health>) -> Json<HealthBody> {
    Json(HealthBody::of(&health, &health.state().await))
}

/// Whether the process lives
///
/// Touches no dependency: a database that is away is no reason to restart this process.
#[utoipa::path(
    tag = "platform",
    responses(
        (status = 200, description = "It does.", body = String, content_type = "text/plain"),
    ),
)]
#[get("/health/live")]
async fn is_live() -> &'static str {
    "ok"
}

/// Whether to send requests here
///
/// 503 without the database, before the schema is up to date, and while the server drains before its end.
#[utoipa::path(tag = "platform", responses(
    (status = 200, body = HealthBody),
    (status = 503, description = "Send requests elsewhere.", body = HealthBody),
))]
#[get("/health/ready")]
async fn is_ready(health: Data<Health>) -> Either<Json<HealthBody>, HttpResponse> {
    let state = health.state().await;
    let body = HealthBody::of(&health, &state);
    if state.is_ready() {
        Either::Left(Json(body))
    } else {
        Either::Right(HttpResponse::build(StatusCode::SERVICE_UNAVAILABLE).json(body))
    }
}

/// Whether the database answers, asked now
#[utoipa::path(tag = "platform", responses(
    (status = 200, body = HealthBody),
    (status = 503, description = "It does not.", body = HealthBody),
))]
#[get("/health/db")]
async fn ask_database(health: Data<Health>) -> HttpResponse {
    let state = health.look().await;
    let status = if state.database { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(status).json(HealthBody::of(&health, &state))
}

/// Whether Redis answers, asked now
///
/// 404 without one.
#[utoipa::path(tag = "platform", responses(
    (status = 200, body = HealthBody),
    (status = 404, description = "This server has no Redis.", body = HealthBody),
    (status = 503, description = "It does not.", body = HealthBody),
))]
#[get("/health/redis")]
async fn ask_redis(health: Data<Health>) -> HttpResponse {
    let state = health.look().await;
    let status = match state.redis {
        Some(true) => StatusCode::OK,
        Some(false) => StatusCode::SERVICE_UNAVAILABLE,
        None => StatusCode::NOT_FOUND,
    };
    HttpResponse::build(status).json(HealthBody::of(&health, &state))
}
