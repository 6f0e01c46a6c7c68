//! `/users/me` in version 2: the same profile, with what is said about the answer beside it.

use actix_web::web::{Data, Json};
use actix_web::{get, patch};
use hos_domain::identity::UserQueries;
use hos_usecases::identity::ChangeProfile;

use super::me::{ChangeProfileBody, profile};
use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{CurrentUser, DataBody, Parsed, TaggedData};

/// Read my profile (v2)
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses(
        (status = 200, body = DataBody<UserBody>),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
    ),
)]
#[get("/users/me")]
pub(super) async fn me_v2(user: CurrentUser, users: Data<dyn UserQueries>) -> Result<TaggedData<UserBody>, ApiError> {
    Ok(TaggedData(profile(&user, &**users).await?))
}

/// Change my profile (v2)
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ChangeProfileBody,
    responses((status = 200, description = "The whole profile as it is now.", body = DataBody<UserBody>)),
)]
#[patch("/users/me")]
pub(super) async fn change_me_v2(
    user: CurrentUser,
    body: Parsed<ChangeProfileBody>,
    use_case: Data<ChangeProfile>,
) -> Result<Json<DataBody<UserBody>>, ApiError> {
    let changed = use_case.run(user.user, body.command).await?;
    Ok(Json(DataBody::of(changed.into())))
}
