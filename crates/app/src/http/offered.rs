//! Parts that this installation may not have: the sandbox exists only with `DEBUG`, files on disk only without a bucket.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use hos_domain::kernel::ErrorKind;

use crate::error::ApiError;

/// A part that is offered here; where it is not, its routes are not there either.
pub(crate) struct Offered<T: ?Sized>(Data<T>);

impl<T: ?Sized> Deref for Offered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + 'static> FromRequest for Offered<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let part = request.app_data::<Data<T>>().cloned();
        ready(part.map(Self).ok_or_else(|| ApiError::new(ErrorKind::NotFound, "There is nothing here.")))
    }
}
