//! DELETE `/users/me` and POST `/auth/restore`.

use actix_web::web::Data;
use actix_web::{HttpResponse, delete, post};
use hos_domain::identity::Password;
use hos_domain::kernel::Email;
use hos_usecases::identity::{DeleteAccount, RestoreAccount};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session_answer::SessionAnswer;
use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, FromClient, Parse, Parsed, SignedOut};

/// The proof that it is the user and no finder of their phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeleteAccountBody {
    /// The account's password; may be left out within ten minutes of a login or of `/auth/step-up`.
    #[schema(format = Password)]
    password: Option<String>,
}

impl Parse for DeleteAccountBody {
    type Command = Option<Password>;

    fn parse(self, _: &mut Check) -> Option<Self::Command> {
        Some(self.password.map(|password| Password::attempt(&password)))
    }
}

/// Until when the account can be taken back.
#[derive(Serialize, ToSchema)]
pub(super) struct DeletedBody {
    /// From then on everything is erased.
    #[schema(format = DateTime)]
    erased_at: String,
}

/// Delete my account
///
/// It is hidden at once and every session ends. For 30 days `/auth/restore` takes it back; then it is erased.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = DeleteAccountBody,
    responses(
        (status = 202, description = "The account is hidden and will be erased.", body = DeletedBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 409, description = "I own organizations (`OWNS_ORGANIZATIONS`; `details` names them): transfer or delete them first."),
    ),
)]
#[delete("/users/me")]
pub(super) async fn delete_me(
    (user, client): (CurrentUser, FromClient),
    body: Parsed<DeleteAccountBody>,
    use_case: Data<DeleteAccount>,
) -> Result<SignedOut, ApiError> {
    let erased_at = use_case.run(*user, body.command.as_ref(), client.0).await?;
    Ok(SignedOut(HttpResponse::Accepted().json(DeletedBody { erased_at: erased_at.to_string() })))
}

/// Whose account is to come back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RestoreBody {
    /// The key of the account.
    #[schema(example = "ada@example.com", format = Email)]
    email: String,
    /// The account's password.
    #[schema(format = Password)]
    password: String,
}

impl Parse for RestoreBody {
    type Command = (Email, Password);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        Some((check.field("email", Email::parse(&self.email))?, Password::attempt(&self.password)))
    }
}

/// Take a deleted account back
#[utoipa::path(
    tag = "identity",
    request_body = RestoreBody,
    responses(
        (status = 200, description = "The account is back; its first session.", body = SessionBody),
        (status = 401, description = "There is no deleted account with this address and password."),
        (status = 409, description = "Another account has the address by now."),
        (status = 423, description = "Too many logins have failed."),
    ),
)]
#[post("/auth/restore")]
pub(super) async fn restore_account(
    client: FromClient,
    body: Parsed<RestoreBody>,
    use_case: Data<RestoreAccount>,
) -> Result<SessionAnswer<SessionBody>, ApiError> {
    let (email, password) = body.command;
    Ok(SessionAnswer::ok(use_case.run(&email, &password, client.0).await?))
}
