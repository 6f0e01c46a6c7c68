//! Small things that answers and requests have in common.

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;

/// 201 with a body.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        HttpResponse::Created().json(self.0)
    }
}

/// 202 with a body that says no more than that it was taken.
pub(crate) struct Accepted;

impl Responder for Accepted {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        HttpResponse::Accepted().json(AcceptedBody { status: "accepted" })
    }
}

/// The request was taken; what comes of it is said elsewhere, e.g. by mail.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedBody {
    /// Always `accepted`.
    #[schema(example = "accepted")]
    status: &'static str,
}
