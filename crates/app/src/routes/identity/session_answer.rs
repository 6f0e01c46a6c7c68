//! The answer that opens a session or carries it on, whichever way its user was proved: with the tokens in its body for an
//! app, in cookies for a browser. This is the only place where tokens leave the house.

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, Responder};
use hos_domain::identity::SessionKind;
use hos_usecases::identity::{ACCESS_TOKEN_LIFE, LoggedIn, SignedIn};
use serde::Serialize;
use utoipa::ToSchema;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::Browsers;
use crate::http::browser::session_cookies;
use crate::http::request_context;

/// The media type of the answer to a browser. A type of its own, because the one of apps always holds tokens.
pub(crate) const BROWSER_JSON: &str = "application/json; profile=browser-session";

/// A session that was opened or carried on.
pub(super) struct Opened {
    pub(super) signed_in: SignedIn,
    /// Only after a login with a password.
    pub(super) device_token: Option<String>,
}

impl From<SignedIn> for Opened {
    fn from(signed_in: SignedIn) -> Self {
        Self { signed_in, device_token: None }
    }
}

impl From<LoggedIn> for Opened {
    fn from(LoggedIn { signed_in, device_token }: LoggedIn) -> Self {
        Self { signed_in, device_token: Some(device_token) }
    }
}

/// The answer; `B` is its body for apps.
pub(super) struct SessionAnswer<B> {
    status: StatusCode,
    opened: Box<Opened>,
    body: PhantomData<B>,
}

impl<B> SessionAnswer<B> {
    /// 200.
    pub(super) fn ok(opened: impl Into<Opened>) -> Self {
        Self { status: StatusCode::OK, opened: Box::new(opened.into()), body: PhantomData }
    }

    /// 201.
    pub(super) fn created(opened: impl Into<Opened>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(opened) }
    }
}

impl<B: From<Opened> + Serialize> Responder for SessionAnswer<B> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        match self.opened.signed_in.session.kind {
            SessionKind::Native => response.json(B::from(*self.opened)),
            SessionKind::Browser => match BrowserSessionBody::with_cookies(*self.opened, request) {
                Ok((body, cookies)) => {
                    for line in cookies {
                        response.append_header((header::SET_COOKIE, line));
                    }
                    response.content_type(BROWSER_JSON).json(body)
                }
                Err(error) => HttpResponse::from_error(error),
            },
        }
    }
}

/// A user whose tokens are in cookies.
#[derive(Serialize, ToSchema)]
pub(crate) struct BrowserSessionBody {
    /// Who.
    user: UserBody,
    /// Send it as `X-CSRF-Token` with every request that changes something. It stays the same as long as the session;
    /// `GET /auth/csrf` shows it again.
    csrf_token: String,
    /// Seconds until the access token in its cookie expires: `/auth/refresh` before that.
    #[schema(example = 900)]
    expires_in: u64,
    /// After a login: send it with the next one in this browser, so that others can't lock it out. Gives no access.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

impl BrowserSessionBody {
    fn with_cookies(opened: Opened, request: &HttpRequest) -> Result<(Self, [String; 2]), ApiError> {
        let Opened { signed_in: SignedIn { user, tokens, session }, device_token } = opened;
        let csrf_token = Browsers::of(request)?.csrf.csrf_token(session.id);
        let cookies = session_cookies(&tokens, &session, request_context::current().now);
        let expires_in = ACCESS_TOKEN_LIFE.as_secs();
        Ok((Self { user: user.into(), csrf_token, expires_in, device_token }, cookies))
    }
}
