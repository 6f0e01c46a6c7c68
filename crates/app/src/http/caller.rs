//! Who sends a request. A handler that takes [`CurrentUser`] can be reached by a user in person only: neither with an API
//! key nor by a device with scopes. What those may reach takes [`super::Scoped`] instead.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest, ResponseError};
use futures_util::future::LocalBoxFuture;
use hos_domain::kernel::ErrorKind;
use hos_usecases::identity::{Authenticate, Caller, NoteKeyUse, Sender};

use super::browser::{Browsers, SentCookies, both};
use crate::error::ApiError;

/// A user who has shown a valid access token of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CurrentUser(Caller);

impl Deref for CurrentUser {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for CurrentUser {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(sender(&request).await?.in_person()?)) })
    }
}

/// A user in person, where a request may also do without one. A token that does not count is nobody's; what an honest
/// client does not send is refused.
pub(crate) struct Visitor(pub(crate) Option<Caller>);

impl FromRequest for Visitor {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            match sender(&request).await {
                Ok(sender) => Ok(Self(sender.in_person().ok())),
                Err(error) if error.status_code() == StatusCode::UNAUTHORIZED => Ok(Self(None)),
                Err(error) => Err(error),
            }
        })
    }
}

/// Whoever is believed to have sent the request, with whatever rights.
pub(super) async fn sender(request: &HttpRequest) -> Result<Sender, ApiError> {
    let authenticate = request.app_data::<Data<Authenticate>>().ok_or_else(missing)?;
    let cookies = SentCookies::of(request.headers());
    let sender = match (bearer(request.headers()), cookies.access) {
        (Some(_), _) if cookies.any() => return Err(both("Authorization")),
        (Some(token), _) => authenticate.run(token).await?,
        (None, Some(token)) => Sender::User(browser(request, authenticate, token).await?),
        (None, None) => return Err(missing()),
    };
    note_key_use(request, &sender);
    // The access log names the user.
    request.extensions_mut().insert(sender);
    Ok(sender)
}

fn missing() -> ApiError {
    ApiError::new(ErrorKind::Unauthenticated, "Send an access token: Authorization: Bearer …")
}

/// The user of the browser, if it was a page of ours that made it send the request.
async fn browser(request: &HttpRequest, authenticate: &Authenticate, token: &str) -> Result<Caller, ApiError> {
    let browsers = Browsers::of(request)?;
    browsers.admit_origin(request)?;
    let caller = authenticate.cookie(token).await?;
    browsers.admit_csrf(request, caller.session().ok_or_else(missing)?)?;
    Ok(caller)
}

/// Beside the request: nobody waits for it.
fn note_key_use(request: &HttpRequest, sender: &Sender) {
    let Some((key, note)) = sender.key().zip(request.app_data::<Data<NoteKeyUse>>()) else { return };
    if note.is_due(key) {
        let note = note.clone();
        actix_web::rt::spawn(async move { note.run(key).await });
    }
}

/// What was sent as bearer token.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
