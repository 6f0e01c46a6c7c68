//! Who sends a request. A handler that takes [`CurrentUser`] can be reached by a user in person only: neither with an API
//! key nor by a device with scopes. What those may reach takes [`super::Scoped`] instead.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use hos_domain::kernel::ErrorKind;
use hos_usecases::identity::{Authenticate, Caller, NoteKeyUse, Sender};

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

/// Whoever is believed to have sent the request, with whatever rights.
pub(super) async fn sender(request: &HttpRequest) -> Result<Sender, ApiError> {
    let missing = || ApiError::new(ErrorKind::Unauthenticated, "Send an access token: Authorization: Bearer …");
    let token = bearer(request).ok_or_else(missing)?;
    let authenticate = request.app_data::<Data<Authenticate>>().ok_or_else(missing)?;
    let sender = authenticate.run(token).await?;
    note_key_use(request, &sender);
    // The access log names the user.
    request.extensions_mut().insert(sender);
    Ok(sender)
}

/// Beside the request: nobody waits for it.
fn note_key_use(request: &HttpRequest, sender: &Sender) {
    let Some((key, note)) = sender.key().zip(request.app_data::<Data<NoteKeyUse>>()) else { return };
    if note.is_due(key) {
        let note = note.clone();
        actix_web::rt::spawn(async move { note.run(key).await });
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
