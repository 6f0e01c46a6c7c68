//! Browsers: their tokens are in cookies, which they send along whoever has made them send the request. So a request that
//! changes something must come from a page of ours (`Origin`) and carry the CSRF token of its session.

mod cookies;
mod mode;
mod origins;

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use hos_domain::identity::{CsrfTokens, Session, SessionId};
use hos_domain::kernel::{ErrorKind, Timestamp};
use hos_usecases::identity::{ACCESS_TOKEN_LIFE, TokenPair};

use self::cookies::cookie;
pub(crate) use self::cookies::{ACCESS_COOKIE, REFRESH_COOKIE, SentCookies, SignedOut, cleared};
pub(crate) use self::mode::{asked_kind, both};
pub(crate) use self::origins::Origins;
use crate::error::ApiError;

/// Carries the CSRF token of the session.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// What is needed to deal with browsers.
pub(crate) struct Browsers {
    /// Whose pages may change something.
    pub(crate) origins: Origins,
    /// Makes and knows CSRF tokens.
    pub(crate) csrf: Arc<dyn CsrfTokens>,
}

impl Browsers {
    /// Those of the server that handles the request.
    pub(crate) fn of(request: &HttpRequest) -> Result<&Data<Self>, ApiError> {
        let missing = || ApiError::new(ErrorKind::Internal, "Something went wrong on our side; it has been recorded.");
        request.app_data::<Data<Self>>().ok_or_else(missing)
    }

    /// Lets a request go on that changes nothing, or that comes from a page of ours.
    ///
    /// # Errors
    /// 403 `ORIGIN_REFUSED`.
    pub(crate) fn admit_origin(&self, request: &HttpRequest) -> Result<(), ApiError> {
        if request.method().is_safe() || self.origins.admit(request.headers()) {
            return Ok(());
        }
        metrics::counter!("requests_forged_total").increment(1);
        let message = "Cookies are taken only from pages of PUBLIC_URL and CORS_ORIGINS.";
        Err(ApiError::http(StatusCode::FORBIDDEN, "ORIGIN_REFUSED", message))
    }

    /// Lets a request go on that changes nothing, or that carries the CSRF token of the session.
    ///
    /// # Errors
    /// 403 `CSRF_TOKEN_INVALID`.
    pub(crate) fn admit_csrf(&self, request: &HttpRequest, session: SessionId) -> Result<(), ApiError> {
        let carries = || csrf_sent(request).is_some_and(|text| self.csrf.is_csrf_token(session, &text));
        if request.method().is_safe() || carries() {
            return Ok(());
        }
        metrics::counter!("requests_forged_total").increment(1);
        let message = "Send the CSRF token of this session as X-CSRF-Token; GET /api/v1/auth/csrf shows it.";
        Err(ApiError::http(StatusCode::FORBIDDEN, "CSRF_TOKEN_INVALID", message))
    }
}

/// What was sent as a CSRF token.
pub(crate) fn csrf_sent(request: &HttpRequest) -> Option<String> {
    request.headers().get(CSRF_HEADER)?.to_str().ok().map(str::to_owned)
}

/// The cookies of a session, as lines of `Set-Cookie`.
pub(crate) fn session_cookies(tokens: &TokenPair, session: &Session, now: Timestamp) -> [String; 2] {
    let carried_until = session.next_token_expires_at(now).since(now);
    [
        cookie(ACCESS_COOKIE, &tokens.access, ACCESS_TOKEN_LIFE),
        cookie(REFRESH_COOKIE, tokens.refresh.expose(), carried_until),
    ]
}
