//! POST `/auth/step-up`, `/auth/change-email` and `/auth/change-email/confirm`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, post};
use hos_domain::identity::Password;
use hos_domain::kernel::Email;
use hos_usecases::identity::{ChangeEmail, ProveAgain};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{Accepted, AcceptedBody, Check, CurrentUser, Parse, Parsed};

/// The proof.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepUpBody {
    /// The account's password.
    #[schema(format = Password)]
    password: String,
}

impl Parse for StepUpBody {
    type Command = Password;

    fn parse(self, _: &mut Check) -> Option<Password> {
        Some(Password::attempt(&self.password))
    }
}

/// Prove again who I am
///
/// For ten minutes this session may do what asks for it: delete, export or move the account, change its factors and keys.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = StepUpBody,
    responses((status = 204, description = "Proved.")),
)]
#[post("/auth/step-up")]
pub(super) async fn step_up(
    user: CurrentUser,
    body: Parsed<StepUpBody>,
    use_case: Data<ProveAgain>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(*user, &body.command).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Where the account is to move.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeEmailBody {
    /// The new address.
    #[schema(example = "ada@example.org", format = Email)]
    new_email: String,
    /// The account's password; may be left out within ten minutes of a login or of `/auth/step-up`.
    #[schema(format = Password)]
    password: Option<String>,
}

impl Parse for ChangeEmailBody {
    type Command = (Email, Option<Password>);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let email = check.field("new_email", Email::given(&self.new_email))?;
        Some((email, self.password.map(|password| Password::attempt(&password))))
    }
}

/// Move my account to another address
///
/// A code goes to the new address; the account moves when it comes back. The answer is the same when somebody has the
/// address.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ChangeEmailBody,
    responses(
        (status = 202, description = "A code is on its way.", body = AcceptedBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
    ),
)]
#[post("/auth/change-email")]
pub(super) async fn change_email(
    user: CurrentUser,
    body: Parsed<ChangeEmailBody>,
    use_case: Data<ChangeEmail>,
) -> Result<Accepted, ApiError> {
    let (email, password) = body.command;
    use_case.ask(*user, email, password.as_ref()).await?;
    Ok(Accepted)
}

/// The code that went to the new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmEmailBody {
    /// The new address.
    #[schema(example = "ada@example.org", format = Email)]
    new_email: String,
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

impl Parse for ConfirmEmailBody {
    type Command = (Email, String);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        Some((check.field("new_email", Email::parse(&self.new_email))?, self.code))
    }
}

/// Show that the new address is mine
///
/// The account moves there, and the old address is told.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ConfirmEmailBody,
    responses(
        (status = 200, description = "The profile as it is now.", body = UserBody),
        (status = 422, description = "The code is wrong or no longer counts (`CODE_INVALID`)."),
    ),
)]
#[post("/auth/change-email/confirm")]
pub(super) async fn confirm_email(
    user: CurrentUser,
    body: Parsed<ConfirmEmailBody>,
    use_case: Data<ChangeEmail>,
) -> Result<Json<UserBody>, ApiError> {
    let (email, code) = body.command;
    Ok(Json(use_case.confirm(*user, email, &code).await?.into()))
}
