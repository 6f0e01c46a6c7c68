//! POST `/invitations/accept` and `/invitations/decline`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, post};
use hos_usecases::identity::AnswerInvitation;
use serde::Deserialize;
use utoipa::ToSchema;

use super::organization::OrganizationBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed};

/// What the mail's link held.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InvitationTokenBody {
    /// What stands after `token=` in the link.
    token: String,
}

impl Parse for InvitationTokenBody {
    type Command = String;

    fn parse(self, _: &mut Check) -> Option<String> {
        Some(self.token)
    }
}

/// Accept an invitation
///
/// For whoever has the invited address and has verified it; for everybody else the invitation does not exist.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours.")),
    request_body = InvitationTokenBody,
    responses(
        (status = 200, description = "The organization that I belong to now.", body = OrganizationBody),
        (status = 403, description = "It is my address, and it is not verified (`EMAIL_NOT_VERIFIED`)."),
        (status = 404, description = "There is no such invitation to my address, or it counts no more."),
        (status = 409, description = "I am a member already (`ALREADY_MEMBER`), or the key was used for another body."),
    ),
)]
#[post("/invitations/accept")]
pub(super) async fn accept_invitation(
    user: CurrentUser,
    body: Parsed<InvitationTokenBody>,
    use_case: Data<AnswerInvitation>,
) -> Result<Json<OrganizationBody>, ApiError> {
    let once = body.once(user.user)?;
    Ok(Json(use_case.accept(user.user, &body.command, once).await?.into()))
}

/// Decline an invitation
///
/// The link is enough: nobody needs an account to say no.
#[utoipa::path(
    tag = "identity",
    request_body = InvitationTokenBody,
    responses(
        (status = 204, description = "The link works no more."),
        (status = 404, description = "There is no such invitation, or it counts no more."),
    ),
)]
#[post("/invitations/decline")]
pub(super) async fn decline_invitation(
    body: Parsed<InvitationTokenBody>,
    use_case: Data<AnswerInvitation>,
) -> Result<HttpResponse, ApiError> {
    use_case.decline(&body.command).await?;
    Ok(HttpResponse::NoContent().finish())
}
