//! `/organizations[/{id}]`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, patch, post};
use hos_domain::identity::{Affiliation, Organization, OrganizationKind, OrganizationName, OrganizationQueries};
use hos_domain::kernel::{ErrorKind, PageLimit, PageRequest};
use hos_usecases::identity::{ChangeOrganization, MakeOrganization, NewOrganization};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, IfMatch, ListBody, Parse, Parsed, PathId, Queried, Tagged, cursor_of};

/// An organization that I belong to.
#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationBody {
    /// Its id; sorts by creation.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Iron Hall")]
    name: String,
    /// `gym` or `team`.
    #[schema(example = "gym")]
    kind: &'static str,
    /// What I am there: `owner`, `admin`, `coach` or `member`.
    #[schema(example = "owner")]
    role: &'static str,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<Affiliation> for OrganizationBody {
    fn from(affiliation: Affiliation) -> Self {
        let Affiliation { organization, role } = affiliation;
        Self {
            id: organization.id.uuid(),
            name: organization.name.as_str().to_owned(),
            kind: organization.kind.name(),
            role: role.name(),
            created_at: organization.created_at.to_string(),
        }
    }
}

/// What a new organization is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateOrganizationBody {
    /// One line, 1 to 100 characters.
    #[schema(example = "Iron Hall", min_length = 1, max_length = 100)]
    name: String,
    /// `gym` or `team`.
    #[schema(example = "gym")]
    kind: String,
}

impl Parse for CreateOrganizationBody {
    type Command = NewOrganization;

    fn parse(self, check: &mut Check) -> Option<NewOrganization> {
        let name = check.field("name", OrganizationName::parse(&self.name));
        let kind = check.field("kind", OrganizationKind::parse(&self.kind));
        Some(NewOrganization { name: name?, kind: kind? })
    }
}

/// Make an organization
///
/// I am its owner. One user owns at most 20.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours.")),
    request_body = CreateOrganizationBody,
    responses(
        (status = 201, description = "The new organization.", body = OrganizationBody),
        (status = 409, description = "I own as many as may be (`TOO_MANY_ORGANIZATIONS`), or the key was used for another body."),
    ),
)]
#[post("/organizations")]
pub(super) async fn create_organization(
    user: CurrentUser,
    body: Parsed<CreateOrganizationBody>,
    use_case: Data<MakeOrganization>,
) -> Result<Created<OrganizationBody>, ApiError> {
    let once = body.once(user.user)?;
    Ok(Created(use_case.run(user.user, body.command, once).await?.into()))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
}

impl Parse for PageQuery {
    type Command = PageRequest;

    fn parse(self, check: &mut Check) -> Option<PageRequest> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let after = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        Some(PageRequest { limit: limit?.unwrap_or_default(), after: after? })
    }
}

/// List the organizations that I belong to
///
/// Newest first.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, body = ListBody<OrganizationBody>)),
)]
#[get("/organizations")]
pub(super) async fn list_organizations(
    user: CurrentUser,
    page: Queried<PageQuery>,
    organizations: Data<dyn OrganizationQueries>,
) -> Result<Json<ListBody<OrganizationBody>>, ApiError> {
    Ok(Json(ListBody::render(organizations.list(user.user, page.0).await?, Into::into)))
}

/// Read an organization
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = OrganizationBody),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
    ),
)]
#[get("/organizations/{id}")]
pub(super) async fn read_organization(
    user: CurrentUser,
    id: PathId<Organization>,
    organizations: Data<dyn OrganizationQueries>,
) -> Result<Tagged<OrganizationBody>, ApiError> {
    let missing = || ApiError::new(ErrorKind::NotFound, "There is no such organization.");
    Ok(Tagged(organizations.find(user.user, id.0).await?.ok_or_else(missing)?.into()))
}

/// What is to be different. A field that is missing stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditOrganizationBody {
    /// One line, 1 to 100 characters.
    #[schema(example = "Iron Hall", min_length = 1, max_length = 100)]
    name: Option<String>,
}

impl Parse for EditOrganizationBody {
    type Command = Option<OrganizationName>;

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        check.optional("name", self.name, |text| OrganizationName::parse(&text))
    }
}

/// Rename an organization
///
/// For its owner and its admins.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The tag of what the change is based on; 409 when it has changed since.")),
    request_body = EditOrganizationBody,
    responses(
        (status = 200, description = "The organization as it is now.", body = OrganizationBody),
        (status = 403, description = "My role there does not allow it."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
        (status = 409, description = "It has changed since the tag in `If-Match`."),
    ),
)]
#[patch("/organizations/{id}")]
pub(super) async fn edit_organization(
    user: CurrentUser,
    (id, if_match): (PathId<Organization>, IfMatch),
    body: Parsed<EditOrganizationBody>,
    use_case: Data<ChangeOrganization>,
) -> Result<Tagged<OrganizationBody>, ApiError> {
    let unchanged = |affiliation: &Affiliation| if_match.admits(&OrganizationBody::from(affiliation.clone()));
    Ok(Tagged(use_case.rename(user.user, id.0, body.command, unchanged).await?.into()))
}

/// Delete an organization
///
/// For its owner, within ten minutes of a login or of `/auth/step-up`. Nobody sees it any more, at once.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 403, description = "My role there does not allow it, or the last login is too long ago (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no such organization, or I don't belong to it."),
    ),
)]
#[delete("/organizations/{id}")]
pub(super) async fn delete_organization(
    user: CurrentUser,
    id: PathId<Organization>,
    use_case: Data<ChangeOrganization>,
) -> Result<HttpResponse, ApiError> {
    use_case.delete(*user, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
