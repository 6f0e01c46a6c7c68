//! An id in a path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use hos_domain::kernel::Id;

use crate::error::ApiError;

/// The `{id}` of a route.
pub(crate) struct PathId<T>(pub(crate) Id<T>);

impl<T> FromRequest for PathId<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = Id::parse(request.match_info().get("id").unwrap_or_default());
        ready(id.map(Self).map_err(|invalid| ApiError::invalid_field("id", invalid)))
    }
}
