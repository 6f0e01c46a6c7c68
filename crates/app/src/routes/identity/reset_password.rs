//! POST `/auth/forgot-password` and `/auth/reset-password`.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use hos_domain::identity::Password;
use hos_domain::kernel::Email;
use hos_usecases::identity::{PasswordReset, ResetPassword};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Accepted, AcceptedBody, Check, FromClient, Parse, Parsed};

/// Whose password is gone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForgotPasswordBody {
    /// The key of the account.
    #[schema(example = "ada@example.com", format = Email)]
    email: String,
}

/// What the link held, and the password that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResetPasswordBody {
    /// What stands after `token=` in the link.
    token: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    new_password: String,
}

impl Parse for ForgotPasswordBody {
    type Command = Email;

    fn parse(self, check: &mut Check) -> Option<Email> {
        check.field("email", Email::parse(&self.email))
    }
}

impl Parse for ResetPasswordBody {
    type Command = PasswordReset;

    fn parse(self, check: &mut Check) -> Option<PasswordReset> {
        let new = check.field("new_password", Password::parse(&self.new_password))?;
        Some(PasswordReset { token: self.token, new })
    }
}

/// Ask for a link to choose a new password
///
/// The answer is the same, in the same time, whether anybody has the address.
#[utoipa::path(
    tag = "identity",
    request_body = ForgotPasswordBody,
    responses((status = 202, description = "A link is on its way, if anybody has the address.", body = AcceptedBody))
)]
#[post("/auth/forgot-password")]
pub(super) async fn forgot_password(
    body: Parsed<ForgotPasswordBody>,
    use_case: Data<ResetPassword>,
) -> Result<Accepted, ApiError> {
    use_case.forgot(body.command).await?;
    Ok(Accepted)
}

/// Choose a new password with the link from the mail
///
/// Ends every session and revokes every API key. The link works once and for an hour.
#[utoipa::path(
    tag = "identity",
    request_body = ResetPasswordBody,
    responses(
        (status = 204, description = "The new password counts from now on."),
        (status = 422, description = "The link is wrong or no longer counts (`CODE_INVALID`)."),
    )
)]
#[post("/auth/reset-password")]
pub(super) async fn reset_password(
    client: FromClient,
    body: Parsed<ResetPasswordBody>,
    use_case: Data<ResetPassword>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(body.command, client.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
