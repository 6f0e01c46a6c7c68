//! `/admin/users`.

use actix_web::web::{Data, Json};
use actix_web::{get, patch, post};
use hos_domain::identity::{Role, User, UserQueries};
use hos_domain::kernel::{ErrorKind, Invalid, PageLimit, PageRequest};
use hos_usecases::identity::{AdministerUsers, Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{
    Admin, Check, GiveRoles, ListBody, Parse, Parsed, PathId, Queried, ReadUsers, SuspendUsers, cursor_of,
};

/// A user, as those see them who run the product.
#[derive(Serialize, ToSchema)]
pub(super) struct AdminUserBody {
    #[serde(flatten)]
    user: UserBody,
    /// `active` or `suspended`.
    #[schema(example = "active")]
    status: &'static str,
}

impl From<User> for AdminUserBody {
    fn from(user: User) -> Self {
        Self { status: user.status.name(), user: user.into() }
    }
}

/// Which users.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct UsersQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
    /// How the address begins, in either case.
    #[param(min_length = 1, max_length = 254)]
    email: Option<String>,
}

impl Parse for UsersQuery {
    type Command = (Option<String>, PageRequest);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let after = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        let email = check.optional("email", self.email, |text| match text.chars().count() {
            1..=254 => Ok(text.to_lowercase()),
            _ => Err(Invalid::new("length", "This takes 1 to 254 characters.")),
        });
        Some((email?, PageRequest { limit: limit?.unwrap_or_default(), after: after? }))
    }
}

/// Find users
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_list_users",
    security(("bearer" = [])),
    params(UsersQuery),
    responses((status = 200, body = ListBody<AdminUserBody>)),
)]
#[get("/admin/users")]
pub(super) async fn list_users(
    _: Admin<ReadUsers>,
    query: Queried<UsersQuery>,
    users: Data<dyn UserQueries>,
) -> Result<Json<ListBody<AdminUserBody>>, ApiError> {
    let (email, page) = query.0;
    Ok(Json(ListBody::render(users.list(email.as_deref(), page).await?, Into::into)))
}

/// Read a user
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_read_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, body = AdminUserBody), (status = 404, description = "There is no such user.")),
)]
#[get("/admin/users/{id}")]
pub(super) async fn read_user(
    _: Admin<ReadUsers>,
    id: PathId<User>,
    users: Data<dyn UserQueries>,
) -> Result<Json<AdminUserBody>, ApiError> {
    let missing = || ApiError::new(ErrorKind::NotFound, "There is no such user.");
    Ok(Json(users.find(id.0).await?.ok_or_else(missing)?.into()))
}

/// Why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JustificationBody {
    /// One line, 1 to 500 characters. Audited; a member whose account is closed reads it in the mail.
    #[schema(example = "Spam in comments", min_length = 1, max_length = 500)]
    reason: String,
}

impl Parse for JustificationBody {
    type Command = Reason;

    fn parse(self, check: &mut Check) -> Option<Reason> {
        check.field("reason", Reason::parse(&self.reason))
    }
}

/// Close an account
///
/// Its sessions end at once, and its user is told why.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_suspend_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = JustificationBody,
    responses(
        (status = 200, body = AdminUserBody),
        (status = 404, description = "There is no such user."),
        (status = 409, description = "It is closed already."),
    ),
)]
#[post("/admin/users/{id}/suspend")]
pub(super) async fn suspend_user(
    admin: Admin<SuspendUsers>,
    id: PathId<User>,
    body: Parsed<JustificationBody>,
    use_case: Data<AdministerUsers>,
) -> Result<Json<AdminUserBody>, ApiError> {
    Ok(Json(use_case.suspend(admin.administrator, id.0, &body.command).await?.into()))
}

/// Open a closed account again
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_reactivate_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = JustificationBody,
    responses(
        (status = 200, body = AdminUserBody),
        (status = 404, description = "There is no such user."),
        (status = 409, description = "It is open already."),
    ),
)]
#[post("/admin/users/{id}/reactivate")]
pub(super) async fn reactivate_user(
    admin: Admin<SuspendUsers>,
    id: PathId<User>,
    body: Parsed<JustificationBody>,
    use_case: Data<AdministerUsers>,
) -> Result<Json<AdminUserBody>, ApiError> {
    Ok(Json(use_case.reactivate(admin.administrator, id.0, &body.command).await?.into()))
}

/// What is to be different.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditUserBody {
    /// `user`, `companion`, `support`, `admin` or `super_admin`.
    #[schema(example = "support")]
    role: String,
}

impl Parse for EditUserBody {
    type Command = Role;

    fn parse(self, check: &mut Check) -> Option<Role> {
        let unknown = || Invalid::new("one_of", "This is user, companion, support, admin or super_admin.");
        check.field("role", Role::from_name(&self.role).ok_or_else(unknown))
    }
}

/// Give a user another role
///
/// Their sessions end, because the tokens name the old one.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_edit_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = EditUserBody,
    responses(
        (status = 200, body = AdminUserBody),
        (status = 404, description = "There is no such user."),
        (status = 409, description = "They have it already."),
    ),
)]
#[patch("/admin/users/{id}")]
pub(super) async fn edit_user(
    admin: Admin<GiveRoles>,
    id: PathId<User>,
    body: Parsed<EditUserBody>,
    use_case: Data<AdministerUsers>,
) -> Result<Json<AdminUserBody>, ApiError> {
    Ok(Json(use_case.give_role(admin.administrator, id.0, body.command).await?.into()))
}
