//! `X-Auth-Mode`: how a client wants to keep its tokens. No page of another origin can send this header unless its origin is
//! named in `CORS_ORIGINS`, so nobody else's page can log a browser in.

use actix_web::HttpRequest;
use hos_domain::identity::SessionKind;
use hos_domain::kernel::Invalid;

use super::super::caller::bearer;
use super::Browsers;
use crate::error::ApiError;

/// The header's name.
const AUTH_MODE: &str = "x-auth-mode";

/// What kind of session a client asks for.
///
/// # Errors
/// 400 for an unknown mode, and for cookies together with a bearer token; 403 for cookies on another's page.
pub(crate) fn asked_kind(request: &HttpRequest) -> Result<SessionKind, ApiError> {
    let mut sent = request.headers().get_all(AUTH_MODE);
    let Some(mode) = sent.next() else { return Ok(SessionKind::Native) };
    match (mode.as_bytes().to_ascii_lowercase().as_slice(), sent.next()) {
        (b"bearer", None) => Ok(SessionKind::Native),
        (b"cookie", None) if bearer(request.headers()).is_some() => Err(both("Authorization")),
        (b"cookie", None) => Browsers::of(request)?.admit_origin(request).map(|()| SessionKind::Browser),
        _ => {
            let invalid = Invalid::new("mode", "This header is `cookie` or `bearer` and stands there once.");
            Err(ApiError::invalid_field("X-Auth-Mode", invalid))
        }
    }
}

/// 400: of two users who are shown at once, one was not meant.
pub(crate) fn both(field: &'static str) -> ApiError {
    let invalid = Invalid::new("either", "Send a token or the cookies of a session, not both.");
    ApiError::invalid_field(field, invalid)
}
