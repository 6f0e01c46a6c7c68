//! POST `/auth/verify-email` and `/auth/verify-email/resend`.

use actix_web::web::{Data, Json};
use actix_web::{Either, post};
use hos_domain::identity::{User, UserQueries};
use hos_domain::kernel::{Email, Invalid};
use hos_usecases::identity::{Verified, VerifyEmail};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::session_answer::{Opened, SessionAnswer};
use super::session_body::{SessionBody, UserBody};
use crate::error::ApiError;
use crate::http::{Accepted, AcceptedBody, Check, FromClient, Parse, Parsed, Visitor};

/// The code from the mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct VerifyEmailBody {
    /// The address; may be left out by who is logged in.
    #[schema(example = "ada@example.com", format = Email)]
    email: Option<String>,
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

/// The address that waits for a code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ResendBody {
    /// The address; may be left out by who is logged in.
    #[schema(example = "ada@example.com", format = Email)]
    email: Option<String>,
}

/// The account whose address is verified; where a registration has become an account, with its first session.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifiedBody {
    /// Who.
    user: UserBody,
    /// For the `Authorization` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// To get the next pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    /// Seconds until the access token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
}

impl From<Opened> for VerifiedBody {
    fn from(opened: Opened) -> Self {
        let session = SessionBody::from(opened);
        Self {
            user: session.user,
            access_token: Some(session.access_token),
            refresh_token: Some(session.refresh_token),
            token_type: Some(session.token_type),
            expires_in: Some(session.expires_in),
        }
    }
}

impl From<User> for VerifiedBody {
    fn from(user: User) -> Self {
        Self { user: user.into(), access_token: None, refresh_token: None, token_type: None, expires_in: None }
    }
}

impl Parse for VerifyEmailBody {
    type Command = (Option<Email>, String);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let email = check.optional("email", self.email, |text| Email::parse(&text));
        Some((email?, self.code))
    }
}

impl Parse for ResendBody {
    type Command = Option<Email>;

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        check.optional("email", self.email, |text| Email::parse(&text))
    }
}

/// The address that was sent, or that of the user who is logged in.
async fn address(sent: Option<Email>, user: Visitor, users: &dyn UserQueries) -> Result<Email, ApiError> {
    let of_user = match (&sent, user.0) {
        (None, Some(user)) => users.find(user.user).await?.map(|user| user.email),
        _ => None,
    };
    let missing = || ApiError::invalid_field("email", Invalid::new("required", "Send the address, or log in."));
    sent.or(of_user).ok_or_else(missing)
}

/// Show that an address is yours
///
/// Takes the six digits that were mailed. They count for 15 minutes and five tries. After a registration with
/// `REGISTRATION=confirm` this makes the account and logs its user in.
#[utoipa::path(
    tag = "identity",
    security((), ("bearer" = [])),
    request_body = VerifyEmailBody,
    responses(
        (status = 200, description = "The address is verified.", body = VerifiedBody),
        (status = 422, description = "The code is wrong or no longer counts (`CODE_INVALID`)."),
    )
)]
#[post("/auth/verify-email")]
pub(super) async fn verify_email(
    (user, client): (Visitor, FromClient),
    body: Parsed<VerifyEmailBody>,
    users: Data<dyn UserQueries>,
    use_case: Data<VerifyEmail>,
) -> Result<Either<SessionAnswer<VerifiedBody>, Json<VerifiedBody>>, ApiError> {
    let (email, code) = body.command;
    let email = address(email, user, &**users).await?;
    Ok(match use_case.run(email, &code, client.0).await? {
        Verified::Registered(signed_in) => Either::Left(SessionAnswer::ok(*signed_in)),
        Verified::Known(user) => Either::Right(Json((*user).into())),
    })
}

/// Send another code
///
/// At most three more an hour. The answer is the same whether there was anything to send.
#[utoipa::path(
    tag = "identity",
    security((), ("bearer" = [])),
    request_body = ResendBody,
    responses((status = 202, description = "A code is on its way, if the address waits for one.", body = AcceptedBody))
)]
#[post("/auth/verify-email/resend")]
pub(super) async fn resend_code(
    user: Visitor,
    body: Parsed<ResendBody>,
    users: Data<dyn UserQueries>,
    use_case: Data<VerifyEmail>,
) -> Result<Accepted, ApiError> {
    use_case.again(address(body.command, user, &**users).await?).await?;
    Ok(Accepted)
}
