//! A query string that has become a command. Unknown parameters are refused, so a typo doesn't pass silently.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::check::{Check, Parse};
use super::serde_error;
use crate::error::ApiError;

/// The parsed query string.
pub(crate) struct Queried<Q: Parse>(pub(crate) Q::Command);

impl<Q: Parse> FromRequest for Queried<Q> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse::<Q>(request.query_string()).map(Self))
    }
}

fn parse<Q: Parse>(text: &str) -> Result<Q::Command, ApiError> {
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    let query: Q = serde_path_to_error::deserialize(pairs).map_err(|error| {
        ApiError::invalid(vec![serde_error::detail(&error.path().to_string(), &error.inner().to_string())])
    })?;
    let mut check = Check::default();
    let command = query.parse(&mut check);
    check.finish(command).map_err(ApiError::invalid)
}
