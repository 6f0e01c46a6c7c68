//! A JSON body that has become a command.

use actix_web::dev::Payload;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use hos_domain::kernel::ErrorKind;
use hos_domain::platform::{AnswerKey, Fingerprint};

use super::check::{Check, Parse};
use super::{idempotency, serde_error};
use crate::error::ApiError;

/// No JSON body of ours is larger.
const JSON_LIMIT: usize = 256 * 1024;

/// A body that was read, understood and parsed; the handler never sees a raw one.
pub(crate) struct Parsed<B: Parse> {
    /// What the use case takes.
    pub(crate) command: B::Command,
    request: HttpRequest,
    fingerprint: Fingerprint,
}

impl<B: Parse> Parsed<B> {
    /// The idempotency key of this request for `principal`, if the client sent one.
    ///
    /// # Errors
    /// 400 when the header is malformed.
    pub(crate) fn once(&self, principal: impl std::fmt::Display) -> Result<Option<AnswerKey>, ApiError> {
        idempotency::key(&self.request, principal, self.fingerprint)
    }
}

impl<B: Parse + 'static> FromRequest for Parsed<B> {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            is_json(&request)?;
            let bytes = read(&request, &mut payload, JSON_LIMIT).await?;
            let command = parse::<B>(&bytes)?;
            let fingerprint = fingerprint(&request, &bytes);
            Ok(Self { command, request, fingerprint })
        })
    }
}

fn parse<B: Parse>(bytes: &[u8]) -> Result<B::Command, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let body: B = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        ApiError::invalid(vec![serde_error::detail(&error.path().to_string(), &error.inner().to_string())])
    })?;
    json.end().map_err(|error| ApiError::invalid(vec![serde_error::detail(".", &error.to_string())]))?;
    let mut check = Check::default();
    let command = body.parse(&mut check);
    check.finish(command).map_err(ApiError::invalid)
}

/// Only a request with a key needs one. Two spellings of the same JSON are the same request.
fn fingerprint(request: &HttpRequest, bytes: &[u8]) -> Fingerprint {
    if !request.headers().contains_key(idempotency::HEADER) {
        return Fingerprint::of(&[]);
    }
    let canonical = serde_json::from_slice::<serde_json::Value>(bytes).and_then(|value| serde_json::to_vec(&value));
    Fingerprint::of(canonical.as_deref().unwrap_or(bytes))
}

fn is_json(request: &HttpRequest) -> Result<(), ApiError> {
    let content_type = request.content_type();
    if content_type.eq_ignore_ascii_case("application/json") || content_type.ends_with("+json") {
        return Ok(());
    }
    let message = "The body must be JSON; send Content-Type: application/json.";
    Err(ApiError::http(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message))
}

/// Reads a whole body, and not a byte more than `limit`.
pub(crate) async fn read(request: &HttpRequest, payload: &mut Payload, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let message = format!("The body is larger than {} KiB.", limit / 1024);
        ApiError::http(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", message)
    };
    let declared = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let mut body = BytesMut::with_capacity(declared.unwrap_or(0));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ApiError::new(ErrorKind::Invalid, "The body did not arrive whole."))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
