//! POST `/admin/users/{id}/impersonate`.

use actix_web::post;
use actix_web::web::Data;
use hos_domain::identity::{IMPERSONATION_LIFE, Ticket, User};
use hos_usecases::identity::{Impersonate, Impersonation, ImpersonationOrder, Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{Admin, Check, Created, FromClient, Impersonates, Parse, Parsed, PathId};

/// What it is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImpersonateBody {
    /// The member's request; the member is told.
    #[schema(example = "HELP-1234", min_length = 1, max_length = 64)]
    ticket: String,
    /// One line, 1 to 500 characters; audited.
    #[schema(example = "Says that her plan is not shown", min_length = 1, max_length = 500)]
    reason: String,
}

impl Parse for ImpersonateBody {
    type Command = ImpersonationOrder;

    fn parse(self, check: &mut Check) -> Option<ImpersonationOrder> {
        let ticket = check.field("ticket", Ticket::parse(&self.ticket));
        let reason = check.field("reason", Reason::parse(&self.reason));
        Some(ImpersonationOrder { ticket: ticket?, reason: reason? })
    }
}

/// A token for acting in a member's place.
#[derive(Serialize, ToSchema)]
pub(super) struct ImpersonationBody {
    /// The member, as they see themselves.
    user: UserBody,
    /// Its `act` claim names who asked for it.
    #[schema(format = Password)]
    access_token: String,
    /// How to send it.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// In so many seconds it is over; there is no refresh token.
    #[schema(example = 900)]
    expires_in: u64,
    /// What it allows, separated by spaces.
    #[schema(example = "profile:read projects:read billing:read messaging:read")]
    scope: String,
}

impl From<Impersonation> for ImpersonationBody {
    fn from(begun: Impersonation) -> Self {
        Self {
            user: begun.user.into(),
            access_token: begun.token,
            token_type: "Bearer",
            expires_in: IMPERSONATION_LIFE.as_secs(),
            scope: begun.scopes.to_string(),
        }
    }
}

/// Act in a member's place
///
/// For a quarter of an hour, to see what the member sees: no photos, no credentials, keys, export or payments, and no changes
/// unless by a super admin. The member is told, and the audit log keeps the ticket and the reason. Nobody acts in the place
/// of those who administer.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_impersonate_user",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = ImpersonateBody,
    responses(
        (status = 201, description = "The token.", body = ImpersonationBody),
        (status = 403, description = "The account is of somebody who administers, or my last login is too long ago (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no such user."),
    ),
)]
#[post("/admin/users/{id}/impersonate")]
pub(super) async fn impersonate(
    (admin, client): (Admin<Impersonates>, FromClient),
    id: PathId<User>,
    body: Parsed<ImpersonateBody>,
    use_case: Data<Impersonate>,
) -> Result<Created<ImpersonationBody>, ApiError> {
    Ok(Created(use_case.run(admin.caller, id.0, body.command, client.0).await?.into()))
}
