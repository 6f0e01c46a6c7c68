//! `/dev/outbox`: the mail and pushes that were not really sent. Only with `DEBUG`.

use actix_web::http::{StatusCode, header};
use actix_web::web::Json;
use actix_web::{Either, HttpRequest, HttpResponse, get};
use askama::Template;
use hos_domain::kernel::ErrorKind;
use hos_local::{ConsoleOutbox, OutboxEntry};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Offered, page};

/// What was not really sent.
#[derive(Serialize, ToSchema)]
pub(super) struct OutboxBody {
    /// The newest first.
    items: Vec<OutboxItem>,
}

/// A mail or push that was not really sent.
#[derive(Serialize, ToSchema)]
struct OutboxItem {
    /// The id of the job that would have sent it.
    id: String,
    /// `mail` or `push`.
    #[schema(example = "push")]
    kind: String,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// To whom, or to which device.
    to: String,
    /// The subject or the first line.
    title: String,
    /// The words.
    text: String,
}

impl From<OutboxEntry> for OutboxItem {
    fn from(entry: OutboxEntry) -> Self {
        let OutboxEntry { id, kind, at, to, title, text } = entry;
        Self { id, kind, at: at.to_string(), to, title, text }
    }
}

#[derive(Template)]
#[template(path = "outbox.html")]
struct OutboxPage {
    items: Vec<OutboxItem>,
}

/// See the mail and pushes that were not really sent
///
/// Exists only with `DEBUG=true`. A page for browsers, JSON for everybody else.
#[utoipa::path(
    tag = "messaging",
    responses(
        (status = 200, body = OutboxBody),
        (status = 404, description = "Development mode is off."),
    ),
)]
#[get("/dev/outbox")]
pub(super) async fn show_outbox(
    request: HttpRequest,
    outbox: Offered<ConsoleOutbox>,
) -> Result<Either<HttpResponse, Json<OutboxBody>>, ApiError> {
    let unreadable = |_| ApiError::new(ErrorKind::Unavailable, "The outbox folder can't be read.");
    let items = outbox.list().await.map_err(unreadable)?.into_iter().map(Into::into).collect();
    if wants_html(&request) {
        return Ok(Either::Left(page(StatusCode::OK, &OutboxPage { items })));
    }
    Ok(Either::Right(Json(OutboxBody { items })))
}

/// Browsers name HTML; nobody else does.
pub(in crate::routes) fn wants_html(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}
