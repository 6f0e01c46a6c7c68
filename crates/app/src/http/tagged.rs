//! Answers that a client may keep: it asks again with the tag of what it has, and gets 304 when that is still so.

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{self, EntityTag, Header, IfNoneMatch};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use hos_domain::kernel::{ErrorKind, Invalid};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::data::DataBody;
use crate::error::ApiError;

/// 200 with a body and its `ETag`, or 304 without one.
pub(crate) struct Tagged<T>(pub(crate) T);

impl<T: Serialize> Responder for Tagged<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let body = serde_json::to_vec(&self.0);
        body.map_or_else(|_| unwritten(), |body| respond(request, &tag_of(&body), body))
    }
}

/// What a change may be based on: the tags in `If-Match`, or anything where there is no such header.
pub(crate) struct IfMatch(Option<Vec<EntityTag>>);

impl IfMatch {
    /// Whether a change may be made to what is rendered like this now.
    pub(crate) fn admits<T: Serialize>(&self, current: &T) -> bool {
        let Some(expected) = &self.0 else { return true };
        let Ok(body) = serde_json::to_vec(current) else { return false };
        let tag = tag_of(&body);
        expected.iter().any(|expected| expected.weak_eq(&tag))
    }
}

impl FromRequest for IfMatch {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(header::IF_MATCH) {
            return ready(Ok(Self(None)));
        }
        let wrong = || Invalid::new("etag", "This is not a list of tags such as W/\"abc\", or *.");
        ready(match header::IfMatch::parse(request) {
            Ok(header::IfMatch::Any) => Ok(Self(None)),
            Ok(header::IfMatch::Items(tags)) if !tags.is_empty() => Ok(Self(Some(tags))),
            Ok(header::IfMatch::Items(_)) | Err(_) => Err(ApiError::invalid_field("If-Match", wrong())),
        })
    }
}

/// The same for an answer of version 2. The tag stands for the data alone: the same data is the same answer, whatever the
/// request is called.
pub(crate) struct TaggedData<T>(pub(crate) T);

impl<T: Serialize> Responder for TaggedData<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let Ok(data) = serde_json::to_vec(&self.0) else { return unwritten() };
        let body = serde_json::to_vec(&DataBody::of(self.0));
        body.map_or_else(|_| unwritten(), |body| respond(request, &tag_of(&data), body))
    }
}

fn unwritten() -> HttpResponse {
    HttpResponse::from_error(ApiError::new(ErrorKind::Internal, "The answer can't be written."))
}

fn respond(request: &HttpRequest, tag: &EntityTag, body: Vec<u8>) -> HttpResponse {
    let known = is_known(request, tag);
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    // Whoever keeps it must ask each time: it is one user's, and it may change.
    response.insert_header((header::CACHE_CONTROL, "private, no-cache")).insert_header(header::ETag(tag.clone()));
    if known { response.finish() } else { response.content_type("application/json").body(body) }
}

/// Weak, because the bytes differ when they are compressed on the way.
fn tag_of(body: &[u8]) -> EntityTag {
    let digest = Sha256::digest(body);
    EntityTag::new_weak(digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn is_known(request: &HttpRequest, tag: &EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(tag)),
        Err(_) => false,
    }
}
