//! POST `/organizations/{id}/transfer`.

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::identity::{Organization, UserId};
use hos_usecases::identity::TransferOrganization;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::organization::OrganizationBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed, PathId};

/// Who takes over.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TransferBody {
    /// A member.
    user_id: Uuid,
}

impl Parse for TransferBody {
    type Command = UserId;

    fn parse(self, _: &mut Check) -> Option<UserId> {
        Some(UserId::new(self.user_id))
    }
}

/// Make another member the owner
///
/// For the owner, within ten minutes of a login or of `/auth/step-up`; who was the owner is an admin from then on.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = TransferBody,
    responses(
        (status = 200, description = "The organization with my new role.", body = OrganizationBody),
        (status = 403, description = "My role there does not allow it, or the last login is too long ago (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no such organization or no such member."),
        (status = 409, description = "I am the owner already, or they own as many as may be (`TOO_MANY_ORGANIZATIONS`)."),
    ),
)]
#[post("/organizations/{id}/transfer")]
pub(super) async fn transfer_organization(
    user: CurrentUser,
    id: PathId<Organization>,
    body: Parsed<TransferBody>,
    use_case: Data<TransferOrganization>,
) -> Result<Json<OrganizationBody>, ApiError> {
    Ok(Json(use_case.run(*user, id.0, body.command).await?.into()))
}
