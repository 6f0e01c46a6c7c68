//! Ids in a path.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use hos_domain::kernel::{Detail, Id};

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

/// The `{id}` of a route and the id of what belongs to it, whatever that is called, e.g. `{user_id}`.
pub(crate) struct PathIds<T, U>(pub(crate) Id<T>, pub(crate) Id<U>);

impl<T, U> FromRequest for PathIds<T, U> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let outer = PathId::from_request(request, payload).into_inner();
        let (name, text) = request.match_info().iter().find(|(name, _)| *name != "id").unwrap_or_default();
        let inner = Id::parse(text).map_err(|invalid| ApiError::invalid(vec![Detail::new(name.to_owned(), invalid)]));
        ready(outer.and_then(|PathId(outer)| Ok(Self(outer, inner?))))
    }
}
