//! `/organizations/{id}/members[/{user_id}]`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, patch};
use hos_domain::identity::{Member, Organization, OrganizationRole, User};
use hos_usecases::identity::{BrowseOrganization, ChangeMembership};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::organization::PageQuery;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, IfMatch, ListBody, Parse, Parsed, PathId, PathIds, Queried, Tagged};

/// A member of an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct MemberBody {
    /// Who.
    user_id: Uuid,
    /// What they want to be called.
    #[schema(example = "Ada")]
    name: String,
    /// `owner`, `admin`, `coach` or `member`.
    #[schema(example = "coach")]
    role: &'static str,
    /// Since when.
    #[schema(format = DateTime)]
    joined_at: String,
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        let Member { membership, name } = member;
        Self {
            user_id: membership.user.uuid(),
            name: name.as_str().to_owned(),
            role: membership.role.name(),
            joined_at: membership.joined_at.to_string(),
        }
    }
}

/// List the members of an organization
///
/// For its owner, its admins and its coaches. Who joined last comes first.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), PageQuery),
    responses(
        (status = 200, body = ListBody<MemberBody>),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
    ),
)]
#[get("/organizations/{id}/members")]
pub(super) async fn list_members(
    user: CurrentUser,
    id: PathId<Organization>,
    page: Queried<PageQuery>,
    use_case: Data<BrowseOrganization>,
) -> Result<Json<ListBody<MemberBody>>, ApiError> {
    Ok(Json(ListBody::render(use_case.members(user.user, id.0, page.0).await?, Into::into)))
}

/// Read a member
///
/// Everybody may read themselves.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 200, body = MemberBody),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization or no such member."),
    ),
)]
#[get("/organizations/{id}/members/{user_id}")]
pub(super) async fn read_member(
    user: CurrentUser,
    ids: PathIds<Organization, User>,
    use_case: Data<BrowseOrganization>,
) -> Result<Tagged<MemberBody>, ApiError> {
    Ok(Tagged(use_case.member(user.user, ids.0, ids.1).await?.into()))
}

/// What is to be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditMemberBody {
    /// `admin`, `coach` or `member`; ownership is handed over by `/organizations/{id}/transfer`.
    #[schema(example = "coach")]
    role: String,
}

impl Parse for EditMemberBody {
    type Command = OrganizationRole;

    fn parse(self, check: &mut Check) -> Option<OrganizationRole> {
        check.field("role", OrganizationRole::parse_given(&self.role))
    }
}

/// Give a member another role
///
/// For the owner, and for admins among coaches and members: nobody changes an equal, or lifts anybody to their own height.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(
        ("id" = Uuid, Path),
        ("user_id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "The tag of what the change is based on; 409 when it has changed since."),
    ),
    request_body = EditMemberBody,
    responses(
        (status = 200, description = "The member as they are now.", body = MemberBody),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization or no such member."),
        (status = 409, description = "They have changed since the tag in `If-Match`."),
    ),
)]
#[patch("/organizations/{id}/members/{user_id}")]
pub(super) async fn edit_member(
    user: CurrentUser,
    (ids, if_match): (PathIds<Organization, User>, IfMatch),
    body: Parsed<EditMemberBody>,
    use_case: Data<ChangeMembership>,
) -> Result<Tagged<MemberBody>, ApiError> {
    let unchanged = |member: &Member| if_match.admits(&MemberBody::from(member.clone()));
    Ok(Tagged(use_case.change_role(user.user, (ids.0, ids.1), body.command, unchanged).await?.into()))
}

/// Send a member away, or leave
///
/// With my own id I leave; the owner can't before the organization is transferred.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("user_id" = Uuid, Path)),
    responses(
        (status = 204, description = "They are a member no more."),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization or no such member."),
        (status = 409, description = "The owner can't leave (`OWNER_MUST_TRANSFER`)."),
    ),
)]
#[delete("/organizations/{id}/members/{user_id}")]
pub(super) async fn end_membership(
    user: CurrentUser,
    ids: PathIds<Organization, User>,
    use_case: Data<ChangeMembership>,
) -> Result<HttpResponse, ApiError> {
    use_case.end(user.user, ids.0, ids.1).await?;
    Ok(HttpResponse::NoContent().finish())
}
