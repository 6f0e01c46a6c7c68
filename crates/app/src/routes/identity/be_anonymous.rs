//! POST `/auth/anonymous` and `/auth/upgrade`.

use actix_web::web::{Data, Json};
use actix_web::{Either, post};
use hos_domain::kernel::{CountryCode, Locale, TimeZone};
use hos_usecases::identity::{BeAnonymous, DeviceFacts, Upgraded};
use serde::Deserialize;
use utoipa::ToSchema;

use super::register::RegisterBody;
use super::session_answer::SessionAnswer;
use super::session_body::{SessionBody, UserBody};
use crate::error::ApiError;
use crate::http::{Accepted, AcceptedBody, Check, CurrentUser, FromClient, Parse, Parsed};

/// What a device knows of whoever holds it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AnonymousBody {
    /// ISO 3166-1 alpha-2.
    #[schema(example = "DE")]
    country: Option<String>,
    /// IANA time zone; UTC unless given.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Language tag; English unless given.
    #[schema(example = "en")]
    locale: Option<String>,
}

impl Parse for AnonymousBody {
    type Command = DeviceFacts;

    fn parse(self, check: &mut Check) -> Option<DeviceFacts> {
        let country = check.optional("country", self.country, |text| CountryCode::parse(&text));
        let timezone = check.optional("timezone", self.timezone, |text| TimeZone::parse(&text));
        let locale = check.optional("locale", self.locale, |text| Locale::parse(&text));
        Some(DeviceFacts { country: country?, timezone: timezone?, locale: locale? })
    }
}

/// Begin without saying who I am
///
/// Makes an account that only this device can use. `/auth/upgrade` gives it an address later; everything in it stays.
#[utoipa::path(
    tag = "identity",
    request_body = AnonymousBody,
    responses((status = 201, description = "The account and its session.", body = SessionBody))
)]
#[post("/auth/anonymous")]
pub(super) async fn be_anonymous(
    client: FromClient,
    body: Parsed<AnonymousBody>,
    use_case: Data<BeAnonymous>,
) -> Result<SessionAnswer<SessionBody>, ApiError> {
    Ok(SessionAnswer::created(use_case.begin(body.command, client.0).await?))
}

/// Say who I am
///
/// Gives an anonymous account an address and a password; it stays the same account with everything in it. With
/// `REGISTRATION=confirm` the answer is always 202, and `/auth/verify-email` takes the code that was mailed.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = RegisterBody,
    responses(
        (status = 200, description = "The account as it is now.", body = UserBody),
        (status = 202, description = "Mail is on its way.", body = AcceptedBody),
        (status = 409, description = "The address is in use (`EMAIL_TAKEN`), or the account is not anonymous (`NOT_ANONYMOUS`)."),
        (status = 422, description = "Younger than allowed (`TOO_YOUNG`)."),
    )
)]
#[post("/auth/upgrade")]
pub(super) async fn upgrade(
    user: CurrentUser,
    body: Parsed<RegisterBody>,
    use_case: Data<BeAnonymous>,
) -> Result<Either<Json<UserBody>, Accepted>, ApiError> {
    Ok(match use_case.upgrade(*user, body.command).await? {
        Upgraded::Known(user) => Either::Left(Json((*user).into())),
        Upgraded::MailSent => Either::Right(Accepted),
    })
}
