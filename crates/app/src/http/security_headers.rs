//! Headers that tell browsers what not to do.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;

use super::browser::SentCookies;

/// The old filter of some browsers opened more holes than it closed, so it is switched off.
static NO_XSS_FILTER: HeaderName = HeaderName::from_static("x-xss-protection");

/// Nothing of ours needs any of this; pages of ours bring a policy of their own.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// Adds the headers to every answer.
pub(crate) async fn security_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let with_cookies = SentCookies::of(request.headers()).any();
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let mut set =
        |name: &HeaderName, value: &'static str| headers.insert(name.clone(), HeaderValue::from_static(value));
    set(&header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    set(&header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(&header::X_FRAME_OPTIONS, "DENY");
    set(&header::REFERRER_POLICY, "no-referrer");
    set(&NO_XSS_FILTER, "0");
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(API_POLICY));
    }
    // Caches know by themselves that an answer to a bearer token is one user's; of cookies they don't.
    if with_cookies && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    Ok(response)
}
