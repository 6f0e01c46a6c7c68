//! POST `/auth/change-password`.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use hos_domain::identity::Password;
use hos_usecases::identity::{ChangePassword, PasswordChange};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed};

/// The present password and the one that is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePasswordBody {
    /// The present one.
    #[schema(format = Password)]
    current_password: String,
    /// 8 to 128 characters.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    new_password: String,
}

impl Parse for ChangePasswordBody {
    type Command = PasswordChange;

    fn parse(self, check: &mut Check) -> Option<PasswordChange> {
        let new = check.field("new_password", Password::parse(&self.new_password))?;
        Some(PasswordChange { current: Password::attempt(&self.current_password), new })
    }
}

/// Choose another password
///
/// Every other session ends, and a mail says that it happened.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ChangePasswordBody,
    responses((status = 204, description = "The new password counts from now on.")),
)]
#[post("/auth/change-password")]
pub(super) async fn change_password(
    user: CurrentUser,
    body: Parsed<ChangePasswordBody>,
    use_case: Data<ChangePassword>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(*user, body.command).await?;
    Ok(HttpResponse::NoContent().finish())
}
