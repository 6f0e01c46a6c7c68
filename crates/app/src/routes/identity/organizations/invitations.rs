//! `/organizations/{id}/invitations[/{invitation_id}]`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::identity::{Invitation, Organization, OrganizationRole};
use hos_domain::kernel::Email;
use hos_domain::platform::AnswerKey;
use hos_usecases::identity::{BrowseOrganization, Invite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::organization::PageQuery;
use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, ListBody, Parse, Parsed, PathId, PathIds, Queried, Tagged};

/// An open invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationBody {
    /// Its id; sorts by creation.
    id: Uuid,
    /// Who is invited.
    #[schema(example = "ada@example.com", format = Email)]
    email: String,
    /// As what: `admin`, `coach` or `member`.
    #[schema(example = "member")]
    role: &'static str,
    /// Whose invitation it is.
    invited_by: Uuid,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when it counts: seven days after it was mailed.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.uuid(),
            email: invitation.email.as_str().to_owned(),
            role: invitation.role.name(),
            invited_by: invitation.inviter.uuid(),
            created_at: invitation.created_at.to_string(),
            expires_at: invitation.expires_at.to_string(),
        }
    }
}

/// Who is invited, and as what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateInvitationBody {
    /// The address.
    #[schema(example = "ada@example.com", format = Email)]
    email: String,
    /// `admin`, `coach` or `member`; below the role of who invites.
    #[schema(example = "member")]
    role: String,
}

impl Parse for CreateInvitationBody {
    type Command = (Email, OrganizationRole);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let email = check.field("email", Email::given(&self.email));
        let role = check.field("role", OrganizationRole::parse_given(&self.role));
        Some((email?, role?))
    }
}

/// Invite somebody to an organization
///
/// For its owner and its admins, if their own address is verified. A link goes to the address and works once and for seven
/// days. The answer is the same whether anybody has the address: who has no account yet makes one first.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours."),
    ),
    request_body = CreateInvitationBody,
    responses(
        (status = 201, description = "The invitation; its mail is on the way.", body = InvitationBody),
        (status = 403, description = "My role there does not allow it, or my own address is not verified (`EMAIL_NOT_VERIFIED`)."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
        (status = 409, description = "The address has an open invitation (`ALREADY_INVITED`), or 100 are open (`TOO_MANY_INVITATIONS`)."),
        (status = 429, description = "The address got five mails from this organization within a day."),
    ),
)]
#[post("/organizations/{id}/invitations")]
pub(super) async fn create_invitation(
    user: CurrentUser,
    id: PathId<Organization>,
    body: Parsed<CreateInvitationBody>,
    use_case: Data<Invite>,
) -> Result<Created<InvitationBody>, ApiError> {
    // The same address may be invited to two organizations under one key.
    let once = body.once(user.user)?.map(|key| AnswerKey { route: format!("{} of {}", key.route, id.0), ..key });
    Ok(Created(use_case.run(user.user, id.0, body.command, once).await?.into()))
}

/// List the open invitations of an organization
///
/// For its owner and its admins. Newest first.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, body = ListBody<InvitationBody>),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
    ),
)]
#[get("/organizations/{id}/invitations")]
pub(super) async fn list_invitations(
    user: CurrentUser,
    id: PathId<Organization>,
    page: Queried<PageQuery>,
    use_case: Data<BrowseOrganization>,
) -> Result<Json<ListBody<InvitationBody>>, ApiError> {
    Ok(Json(ListBody::render(use_case.invitations(user.user, id.0, page.0).await?, Into::into)))
}

/// Read an open invitation
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)),
    responses(
        (status = 200, body = InvitationBody),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization or no such open invitation."),
    ),
)]
#[get("/organizations/{id}/invitations/{invitation_id}")]
pub(super) async fn read_invitation(
    user: CurrentUser,
    ids: PathIds<Organization, Invitation>,
    use_case: Data<BrowseOrganization>,
) -> Result<Tagged<InvitationBody>, ApiError> {
    Ok(Tagged(use_case.invitation(user.user, ids.0, ids.1).await?.into()))
}

/// Mail an invitation once more
///
/// The link stays the same and works for seven more days from now.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)),
    responses(
        (status = 200, description = "The invitation as it is now; its mail is on the way.", body = InvitationBody),
        (status = 403, description = "My role there does not allow it, or my own address is not verified (`EMAIL_NOT_VERIFIED`)."),
        (status = 404, description = "There is no such organization or no such open invitation."),
        (status = 429, description = "The address got five mails from this organization within a day."),
    ),
)]
#[post("/organizations/{id}/invitations/{invitation_id}/resend")]
pub(super) async fn resend_invitation(
    user: CurrentUser,
    ids: PathIds<Organization, Invitation>,
    use_case: Data<Invite>,
) -> Result<Json<InvitationBody>, ApiError> {
    Ok(Json(use_case.again(user.user, ids.0, ids.1).await?.into()))
}

/// Take an invitation back
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("invitation_id" = Uuid, Path)),
    responses(
        (status = 204, description = "The link works no more."),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization or no such open invitation."),
    ),
)]
#[delete("/organizations/{id}/invitations/{invitation_id}")]
pub(super) async fn revoke_invitation(
    user: CurrentUser,
    ids: PathIds<Organization, Invitation>,
    use_case: Data<Invite>,
) -> Result<HttpResponse, ApiError> {
    use_case.revoke(user.user, ids.0, ids.1).await?;
    Ok(HttpResponse::NoContent().finish())
}
