//! POST `/auth/logout`.

use actix_web::post;
use actix_web::web::Data;
use hos_usecases::identity::LogOut;

use crate::error::ApiError;
use crate::http::{CurrentUser, SignedOut};

/// Log out
///
/// Ends this session: its access token and its refresh tokens count no more, at once. A browser drops its cookies. The
/// session behind a token of an external identity system ends there.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 204, description = "The session has ended."),
        (status = 409, description = "The session is your identity provider's (`LOG_OUT_AT_ISSUER`)."),
    ),
)]
#[post("/auth/logout")]
pub(super) async fn log_out(user: CurrentUser, use_case: Data<LogOut>) -> Result<SignedOut, ApiError> {
    use_case.leave(*user).await?;
    Ok(SignedOut::no_content())
}
