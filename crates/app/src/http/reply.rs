//! Small things that answers and requests have in common.

use actix_web::body::BoxBody;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

/// 201 with a body.
pub(crate) struct Created<T>(pub(crate) T);

impl<T: Serialize> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse<BoxBody> {
        HttpResponse::Created().json(self.0)
    }
}

/// What the client calls itself, for the list of devices.
pub(crate) fn user_agent(request: &HttpRequest) -> Option<String> {
    request.headers().get(header::USER_AGENT)?.to_str().ok().map(str::to_owned)
}
