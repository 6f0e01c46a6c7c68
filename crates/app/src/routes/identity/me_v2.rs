//! `/users/me` in version 2: the same profile, with what is said about the answer beside it.

use actix_web::web::Data;
use actix_web::{get, patch};
use hos_domain::identity::{User, UserQueries};
use hos_usecases::identity::ChangeProfile;

use super::me::{ChangeProfileBody, profile};
use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{DataBody, IfMatch, Parsed, ReadProfile, Scoped, TaggedData, WriteProfile};

/// Read my profile (v2)
#[utoipa::path(
    tag = "identity",
    security(("bearer" = []), ("scoped" = ["profile:read"])),
    responses(
        (status = 200, body = DataBody<UserBody>),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
    ),
)]
#[get("/users/me")]
pub(super) async fn me_v2(
    user: Scoped<ReadProfile>,
    users: Data<dyn UserQueries>,
) -> Result<TaggedData<UserBody>, ApiError> {
    Ok(TaggedData(profile(user.user, &**users).await?))
}

/// Change my profile (v2)
#[utoipa::path(
    tag = "identity",
    security(("bearer" = []), ("scoped" = ["profile:write"])),
    params(("If-Match" = Option<String>, Header, description = "The tag of what the change is based on; 409 when it has changed since.")),
    request_body = ChangeProfileBody,
    responses(
        (status = 200, description = "The whole profile as it is now.", body = DataBody<UserBody>),
        (status = 409, description = "It has changed since the tag in `If-Match`."),
    ),
)]
#[patch("/users/me")]
pub(super) async fn change_me_v2(
    user: Scoped<WriteProfile>,
    if_match: IfMatch,
    body: Parsed<ChangeProfileBody>,
    use_case: Data<ChangeProfile>,
) -> Result<TaggedData<UserBody>, ApiError> {
    let unchanged = |user: &User| if_match.admits(&UserBody::from(user.clone()));
    Ok(TaggedData(use_case.run(user.user, body.command, unchanged).await?.into()))
}
