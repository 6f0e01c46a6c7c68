//! `/projects`, the worked example of a resource (docs/add-a-resource.md).

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, patch, post};
use hos_domain::kernel::{ErrorKind, Invalid, PageLimit, PageRequest};
use hos_domain::platform::{PageNumber, Project, ProjectDescription, ProjectFilter, ProjectName, ProjectQueries};
use hos_usecases::platform::{ChangeProject, CreateProject, NewProject, ProjectChanges};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{
    Check, Created, IfMatch, ListBody, Parse, Parsed, PathId, Queried, ReadProjects, Scoped, Tagged, WriteProjects,
    cursor_of, present,
};

/// A project.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectBody {
    /// Its id; sorts by creation.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Spring block")]
    name: String,
    /// What it is about.
    description: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Project> for ProjectBody {
    fn from(project: Project) -> Self {
        Self {
            id: project.id.uuid(),
            name: project.name.as_str().to_owned(),
            description: project.description.map(|text| text.as_str().to_owned()),
            created_at: project.created_at.to_string(),
            updated_at: project.updated_at.to_string(),
        }
    }
}

/// What a new project is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateProjectBody {
    /// One line, 1 to 100 characters.
    #[schema(example = "Spring block", min_length = 1, max_length = 100)]
    name: String,
    /// At most 2,000 characters.
    #[schema(max_length = 2000)]
    description: Option<String>,
}

impl Parse for CreateProjectBody {
    type Command = NewProject;

    fn parse(self, check: &mut Check) -> Option<NewProject> {
        let name = check.field("name", ProjectName::parse(&self.name));
        let description = check.optional("description", self.description, |text| ProjectDescription::parse(&text));
        Some(NewProject { name: name?, description: description? })
    }
}

/// Start a project
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours.")),
    request_body = CreateProjectBody,
    responses((status = 201, description = "The new project.", body = ProjectBody), (status = 409, description = "The key was used for another body."))
)]
#[post("/projects")]
pub(super) async fn create_project(
    user: Scoped<WriteProjects>,
    body: Parsed<CreateProjectBody>,
    use_case: Data<CreateProject>,
) -> Result<Created<ProjectBody>, ApiError> {
    let once = body.once(user.user)?;
    let project = use_case.run(user.user, body.command, once).await?;
    Ok(Created(project.into()))
}

/// Which projects, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
    /// A page by number, from 1, instead of a cursor; the answer then counts all items.
    #[param(minimum = 1, maximum = 10000)]
    page: Option<u32>,
    /// Part of the name, in either case.
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
    /// The deleted projects instead of the living.
    deleted: Option<bool>,
}

/// A parsed [`ListQuery`].
pub(super) struct Listing {
    filter: ProjectFilter,
    page: PageRequest,
    number: Option<PageNumber>,
}

impl Parse for ListQuery {
    type Command = Listing;

    fn parse(self, check: &mut Check) -> Option<Listing> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let after = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        let number = check.optional("page", self.page, PageNumber::parse);
        let name_contains = check.optional("q", self.q, |text| match text.chars().count() {
            1..=100 => Ok(text),
            _ => Err(Invalid::new("length", "This takes 1 to 100 characters.")),
        });
        let (limit, after, number) = (limit?.unwrap_or_default(), after?, number?);
        if number.is_some() && after.is_some() {
            return check.field("page", Err(Invalid::new("exclusive", "Send a cursor or a page number, not both.")));
        }
        let filter = ProjectFilter { name_contains: name_contains?, deleted: self.deleted.unwrap_or(false) };
        Some(Listing { filter, page: PageRequest { limit, after }, number })
    }
}

/// A page of projects. A page by cursor has `next_cursor`; one by number has `page` and `total`.
#[derive(Serialize, ToSchema)]
pub(super) struct ProjectList {
    #[serde(flatten)]
    list: ListBody<ProjectBody>,
    /// The number of this page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    /// How many projects there are in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
}

/// List my projects
///
/// Newest first. By cursor the cost does not grow with the table; by page number it does.
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:read"])),
    params(ListQuery),
    responses((status = 200, body = ProjectList)),
)]
#[get("/projects")]
pub(super) async fn list_projects(
    user: Scoped<ReadProjects>,
    query: Queried<ListQuery>,
    projects: Data<dyn ProjectQueries>,
) -> Result<Json<ProjectList>, ApiError> {
    let Listing { filter, page, number } = query.0;
    let Some(number) = number else {
        let list = projects.list(user.user, &filter, page).await?;
        return Ok(Json(ProjectList { list: ListBody::render(list, Into::into), page: None, total: None }));
    };
    let numbered = projects.numbered(user.user, &filter, page.limit, number).await?;
    let items = numbered.items.into_iter().map(Into::into).collect();
    let list = ListBody { items, next_cursor: None };
    Ok(Json(ProjectList { list, page: Some(number.get()), total: Some(numbered.total) }))
}

/// Read a project
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:read"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, body = ProjectBody),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
        (status = 404, description = "There is no such project of mine."),
    ),
)]
#[get("/projects/{id}")]
pub(super) async fn read_project(
    user: Scoped<ReadProjects>,
    id: PathId<Project>,
    projects: Data<dyn ProjectQueries>,
) -> Result<Tagged<ProjectBody>, ApiError> {
    let found = projects.find(user.user, id.0).await?;
    let project = found.ok_or_else(|| ApiError::new(ErrorKind::NotFound, "There is no such project."))?;
    Ok(Tagged(project.into()))
}

/// What is to be different. A field that is missing stays as it is; `"description": null` takes the description away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditProjectBody {
    /// One line, 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    /// At most 2,000 characters, or null.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Option<Option<String>>,
}

impl Parse for EditProjectBody {
    type Command = ProjectChanges;

    fn parse(self, check: &mut Check) -> Option<ProjectChanges> {
        let name = check.optional("name", self.name, |text| ProjectName::parse(&text));
        let description = check.optional("description", self.description, |text| {
            text.map(|text| ProjectDescription::parse(&text)).transpose()
        });
        Some(ProjectChanges { name: name?, description: description? })
    }
}

/// Rename or describe a project
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:write"])),
    params(("id" = Uuid, Path), ("If-Match" = Option<String>, Header, description = "The tag of what the change is based on; 409 when it has changed since.")),
    request_body = EditProjectBody,
    responses(
        (status = 200, description = "The project as it is now.", body = ProjectBody),
        (status = 409, description = "It has changed since the tag in `If-Match`."),
        (status = 404, description = "There is no such project of mine."),
    ),
)]
#[patch("/projects/{id}")]
pub(super) async fn edit_project(
    user: Scoped<WriteProjects>,
    (id, if_match): (PathId<Project>, IfMatch),
    body: Parsed<EditProjectBody>,
    use_case: Data<ChangeProject>,
) -> Result<Tagged<ProjectBody>, ApiError> {
    let unchanged = |project: &Project| if_match.admits(&ProjectBody::from(project.clone()));
    Ok(Tagged(use_case.edit(user.user, id.0, body.command, unchanged).await?.into()))
}

/// Delete a project
///
/// It is hidden and can be restored.
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:write"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "It is deleted."),
        (status = 404, description = "There is no such project of mine."),
    ),
)]
#[delete("/projects/{id}")]
pub(super) async fn delete_project(
    user: Scoped<WriteProjects>,
    id: PathId<Project>,
    use_case: Data<ChangeProject>,
) -> Result<HttpResponse, ApiError> {
    use_case.delete(user.user, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Bring a deleted project back
///
/// A living one is left as it is.
#[utoipa::path(
    tag = "platform",
    security(("bearer" = []), ("scoped" = ["projects:write"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The living project.", body = ProjectBody),
        (status = 404, description = "There is no such project of mine."),
    ),
)]
#[post("/projects/{id}/restore")]
pub(super) async fn restore_project(
    user: Scoped<WriteProjects>,
    id: PathId<Project>,
    use_case: Data<ChangeProject>,
) -> Result<Json<ProjectBody>, ApiError> {
    let project = use_case.restore(user.user, id.0).await?;
    Ok(Json(project.into()))
}
