//! Keeps the compressor away from small answers: below a packet's size it only costs.

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;

const WORTH_COMPRESSING: u64 = 1024;
const UNCHANGED: HeaderValue = HeaderValue::from_static("identity");

/// Inside the compressor: marks a small answer as encoded already.
pub(crate) async fn mark_small<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let small = matches!(response.response().body().size(), BodySize::Sized(size) if size <= WORTH_COMPRESSING);
    if small && !response.headers().contains_key(header::CONTENT_ENCODING) {
        response.headers_mut().insert(header::CONTENT_ENCODING, UNCHANGED);
    }
    Ok(response)
}

/// Outside the compressor: takes the mark away.
pub(crate) async fn unmark_small<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    if response.headers().get(header::CONTENT_ENCODING) == Some(&UNCHANGED) {
        response.headers_mut().remove(header::CONTENT_ENCODING);
    }
    Ok(response)
}
