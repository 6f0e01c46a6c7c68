//! GET `/auth/csrf`.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};
use hos_domain::identity::RefreshToken;
use hos_usecases::identity::ShowCsrfToken;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::browser::SentCookies;

/// What a page must send along.
#[derive(Serialize, ToSchema)]
pub(super) struct CsrfBody {
    /// Send it as `X-CSRF-Token` with every request that changes something. Null: this browser has no session, log in.
    csrf_token: Option<String>,
}

/// Get the CSRF token of this browser's session
///
/// For a page that was loaded anew. Only pages of this origin and of `CORS_ORIGINS` can read the answer.
#[utoipa::path(
    tag = "identity",
    params(("__Host-hos_refresh" = Option<String>, Cookie, description = "Whose CSRF token it is.")),
    responses((status = 200, description = "The token, or null.", body = CsrfBody)),
)]
#[get("/auth/csrf")]
pub(super) async fn show_csrf_token(
    request: HttpRequest,
    use_case: Data<ShowCsrfToken>,
) -> Result<HttpResponse, ApiError> {
    let csrf_token = match SentCookies::of(request.headers()).refresh {
        Some(cookie) => use_case.run(&RefreshToken::from_client(cookie)).await?,
        None => None,
    };
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((header::CACHE_CONTROL, "no-store")).json(CsrfBody { csrf_token }))
}
