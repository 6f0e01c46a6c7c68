//! GET `/users/me`.

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::identity::UserQueries;
use hos_domain::kernel::ErrorKind;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::CurrentUser;

/// Read my profile
#[utoipa::path(tag = "identity", security(("bearer" = [])), responses((status = 200, body = UserBody)))]
#[get("/users/me")]
pub(super) async fn me(user: CurrentUser, users: Data<dyn UserQueries>) -> Result<Json<UserBody>, ApiError> {
    let found = users.find(user.user).await?;
    let gone = || ApiError::new(ErrorKind::Unauthenticated, "This account no longer exists.");
    Ok(Json(found.ok_or_else(gone)?.into()))
}
