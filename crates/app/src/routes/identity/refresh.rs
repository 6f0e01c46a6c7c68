//! POST `/auth/refresh`.

use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::Data;
use actix_web::{HttpRequest, ResponseError, post};
use hos_domain::identity::{RefreshToken, SessionKind};
use hos_domain::kernel::{ErrorKind, Invalid};
use hos_usecases::identity::{RefreshRequest, RefreshSession, SentAs};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_answer::SessionAnswer;
use super::session_body::RefreshedBody;
use crate::error::ApiError;
use crate::http::browser::{SentCookies, asked_kind, both, cleared, csrf_sent};
use crate::http::{Browsers, Check, Parse, Parsed, bearer, idempotency_key};

/// The refresh token of the last pair.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshBody {
    /// Works once. A browser sends its cookie instead.
    refresh_token: Option<String>,
}

impl Parse for RefreshBody {
    type Command = Option<RefreshToken>;

    const MAY_BE_MISSING: bool = true;

    fn parse(self, _: &mut Check) -> Option<Option<RefreshToken>> {
        Some(self.refresh_token.map(|token| RefreshToken::from_client(&token)))
    }
}

/// The token, and how it was sent: in one way and not in two.
fn sent(request: &HttpRequest, in_body: Option<RefreshToken>) -> Result<(RefreshToken, SentAs), ApiError> {
    let (cookies, asked) = (SentCookies::of(request.headers()), asked_kind(request)?);
    match (in_body, cookies.refresh) {
        (Some(_), _) if cookies.any() || asked == SessionKind::Browser => Err(both("refresh_token")),
        (Some(token), _) => Ok((token, SentAs::Body)),
        (None, Some(_)) if bearer(request.headers()).is_some() => Err(both("Authorization")),
        (None, Some(cookie)) => {
            Browsers::of(request)?.admit_origin(request)?;
            Ok((RefreshToken::from_client(cookie), SentAs::Cookie { csrf: csrf_sent(request) }))
        }
        (None, None) if asked == SessionKind::Browser => {
            Err(ApiError::new(ErrorKind::Unauthenticated, "This browser has no session; log in."))
        }
        (None, None) => {
            let invalid = Invalid::new("required", "Send the refresh token.");
            Err(ApiError::invalid_field("refresh_token", invalid))
        }
    }
}

/// A browser drops the cookies of a session that can't be carried on.
fn without_cookies(error: ApiError) -> ApiError {
    if error.status_code() != StatusCode::UNAUTHORIZED {
        return error;
    }
    cleared().into_iter().fold(error, |error, line| error.with_header(SET_COOKIE, line))
}

/// Get the next pair of tokens
///
/// Each refresh token works once. Using one twice ends the session, because one of the two was a thief. A client that
/// lost the answer sends the same `Idempotency-Key` again within 60 seconds and gets the same pair; two requests at
/// once with different keys are answered 409.
///
/// A browser sends its cookie and the CSRF token of its session, and no body.
#[utoipa::path(
    tag = "identity",
    request_body = Option<RefreshBody>,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Lets a client that lost the answer ask again."),
        ("__Host-hos_refresh" = Option<String>, Cookie, description = "From a browser: the refresh token."),
        ("X-CSRF-Token" = Option<String>, Header, description = "From a browser: the CSRF token of its session."),
    ),
    responses(
        (status = 200, description = "The next pair.", body = RefreshedBody),
        (status = 401, description = "The token does not count; log in again."),
        (status = 409, description = "The client races with itself."),
    ),
)]
#[post("/auth/refresh")]
pub(super) async fn refresh(
    request: HttpRequest,
    body: Parsed<RefreshBody>,
    use_case: Data<RefreshSession>,
) -> Result<SessionAnswer<RefreshedBody>, ApiError> {
    let key = idempotency_key(&request)?;
    let (token, sent_as) = sent(&request, body.command)?;
    let by_cookie = sent_as != SentAs::Body;
    let outcome = use_case.run(RefreshRequest { token, key, sent_as }).await.map_err(ApiError::from);
    outcome.map(SessionAnswer::ok).map_err(|error| if by_cookie { without_cookies(error) } else { error })
}
