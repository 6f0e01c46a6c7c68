//! POST `/auth/login`.

use actix_web::post;
use actix_web::web::Data;
use hos_domain::identity::Password;
use hos_domain::kernel::Email;
use hos_usecases::identity::{LogIn, LoginAttempt, SecondFactor};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_answer::SessionAnswer;
use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, FromClient, Parse, Parsed, RateGate};

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
    /// The six digits that were mailed after an answer 423 `LOGIN_CODE_REQUIRED`.
    #[schema(example = "123456")]
    code: Option<String>,
    /// Six digits of the authenticator app, if the account has one (an answer 401 `TOTP_REQUIRED` asks for it).
    #[schema(example = "123456")]
    totp: Option<String>,
    /// One of the recovery codes, if the app is gone.
    #[schema(example = "8k3mz-q4x7n")]
    recovery_code: Option<String>,
    /// The `device_token` of the last login on this device.
    device_token: Option<String>,
}

impl Parse for LoginBody {
    type Command = LoginAttempt;

    fn parse(self, check: &mut Check) -> Option<LoginAttempt> {
        let email = check.field("email", Email::parse(&self.email));
        Some(LoginAttempt {
            email: email?,
            password: Password::attempt(&self.password),
            code: self.code,
            second_factor: SecondFactor { totp: self.totp, recovery_code: self.recovery_code },
            device_token: self.device_token,
        })
    }
}

/// Log in
///
/// An unknown address and a wrong password are answered alike, in the same time. After ten failures from one place the
/// address is closed to logins from there for a quarter of an hour; a device that sends its `device_token` counts by
/// itself, so that nobody else can lock it out. After fifty failures from everywhere a login also takes a code that is
/// mailed to the address.
#[utoipa::path(
    tag = "identity",
    request_body = LoginBody,
    responses(
        (status = 200, description = "A new session.", body = SessionBody),
        (status = 401, description = "The address, the password or a code is wrong, or a code of the authenticator app is needed too (`TOTP_REQUIRED`)."),
        (status = 403, description = "The account is suspended."),
        (status = 423, description = "Too many logins have failed (`ACCOUNT_LOCKED`), or a mailed code is needed (`LOGIN_CODE_REQUIRED`)."),
    )
)]
#[post("/auth/login")]
pub(super) async fn log_in(
    client: FromClient,
    body: Parsed<LoginBody>,
    gate: Data<RateGate>,
    use_case: Data<LogIn>,
) -> Result<SessionAnswer<SessionBody>, ApiError> {
    gate.admit_login(&body.command.email, &client.0).await?;
    Ok(SessionAnswer::ok(use_case.run(body.command, client.0).await?))
}
