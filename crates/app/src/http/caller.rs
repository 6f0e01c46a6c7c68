//! Who sends a request. A handler that takes [`CurrentUser`] can't be reached without a valid access token.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::future::LocalBoxFuture;
use hos_domain::kernel::ErrorKind;
use hos_usecases::identity::{Authenticate, Caller};

use crate::error::ApiError;

/// A user who has shown a valid access token.
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
        Box::pin(async move {
            let missing = || ApiError::new(ErrorKind::Unauthenticated, "Send an access token: Authorization: Bearer …");
            let token = bearer(&request).ok_or_else(missing)?;
            let authenticate = request.app_data::<Data<Authenticate>>().ok_or_else(missing)?;
            let caller = authenticate.run(token).await?;
            // The access log names the user.
            request.extensions_mut().insert(caller);
            Ok(Self(caller))
        })
    }
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}
