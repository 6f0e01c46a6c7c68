//! The `Idempotency-Key` header.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderValue;
use hos_domain::kernel::Invalid;
use hos_domain::platform::{AnswerKey, Fingerprint};

use crate::error::ApiError;

/// The header's name.
pub(super) const HEADER: &str = "idempotency-key";

/// The key under which the answer to this request is kept, if the client sent one.
pub(super) fn key(
    request: &HttpRequest,
    principal: impl std::fmt::Display,
    fingerprint: Fingerprint,
) -> Result<Option<AnswerKey>, ApiError> {
    let Some(key) = text(request)? else { return Ok(None) };
    let route = format!("{} {}", request.method(), request.match_pattern().unwrap_or_default());
    Ok(Some(AnswerKey { principal: principal.to_string(), route, key, fingerprint }))
}

/// The same for a request that takes no body.
pub(crate) fn bare(request: &HttpRequest, principal: impl std::fmt::Display) -> Result<Option<AnswerKey>, ApiError> {
    key(request, principal, Fingerprint::of(&[]))
}

/// The header's text, if the client sent one: 1 to 255 visible characters, once.
pub(crate) fn text(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut values = request.headers().get_all(HEADER);
    let Some(value) = values.next() else { return Ok(None) };
    match (visible(value), values.next()) {
        (Some(key), None) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => {
            let invalid = Invalid::new("length", "This header has 1 to 255 visible characters and stands there once.");
            Err(ApiError::invalid_field("Idempotency-Key", invalid))
        }
    }
}

fn visible(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_graphic()))
}
