//! POST `/auth/login`.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use hos_domain::identity::Password;
use hos_domain::kernel::Email;
use hos_usecases::identity::{LogIn, LoginAttempt};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, Parse, Parsed, user_agent};

/// An address and a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    /// The key of the account.
    #[schema(example = "ada@example.com", format = Email)]
    email: String,
    /// The account's password.
    #[schema(example = "correct horse battery staple", format = Password)]
    password: String,
}

impl Parse for LoginBody {
    type Command = LoginAttempt;

    fn parse(self, check: &mut Check) -> Option<LoginAttempt> {
        let email = check.field("email", Email::parse(&self.email));
        Some(LoginAttempt { email: email?, password: Password::attempt(&self.password) })
    }
}

/// Log in
///
/// An unknown address and a wrong password are answered alike, in the same time.
#[utoipa::path(
    tag = "identity",
    request_body = LoginBody,
    responses((status = 200, description = "A new session.", body = SessionBody), (status = 401, description = "The address or the password is wrong."), (status = 403, description = "The account is suspended."))
)]
#[post("/auth/login")]
pub(super) async fn log_in(
    request: HttpRequest,
    body: Parsed<LoginBody>,
    use_case: Data<LogIn>,
) -> Result<Json<SessionBody>, ApiError> {
    let signed_in = use_case.run(body.command, user_agent(&request)).await?;
    Ok(Json(signed_in.into()))
}
