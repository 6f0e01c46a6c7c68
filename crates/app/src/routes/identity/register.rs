//! POST `/auth/register`.

use actix_web::web::Data;
use actix_web::{HttpRequest, post};
use hos_domain::identity::{DisplayName, Password};
use hos_domain::kernel::{CountryCode, Email, Locale, TimeZone};
use hos_usecases::identity::{Register, Registration};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, Created, Parse, Parsed, user_agent};

/// What a stranger tells of themselves.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterBody {
    /// The key of the account.
    #[schema(example = "ada@example.com", format = Email, max_length = 254)]
    email: String,
    /// 8 to 128 characters.
    #[schema(example = "correct horse battery staple", format = Password, min_length = 8, max_length = 128)]
    password: String,
    /// What the user wants to be called: one line, 1 to 100 characters.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    name: String,
    /// ISO 3166-1 alpha-2; decides the payment provider.
    #[schema(example = "DE")]
    country: Option<String>,
    /// IANA time zone; UTC unless given.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Language tag; English unless given.
    #[schema(example = "en")]
    locale: Option<String>,
}

impl Parse for RegisterBody {
    type Command = Registration;

    fn parse(self, check: &mut Check) -> Option<Registration> {
        let email = check.field("email", Email::parse(&self.email));
        let password = check.field("password", Password::parse(&self.password));
        let name = check.field("name", DisplayName::parse(&self.name));
        let country = check.optional("country", self.country, |text| CountryCode::parse(&text));
        let timezone = check.optional("timezone", self.timezone, |text| TimeZone::parse(&text));
        let locale = check.optional("locale", self.locale, |text| Locale::parse(&text));
        Some(Registration {
            email: email?,
            password: password?,
            name: name?,
            country: country?,
            timezone: timezone?,
            locale: locale?,
        })
    }
}

/// Make an account
///
/// Logs the new user in. An address in use is refused with 409 `EMAIL_TAKEN`.
#[utoipa::path(
    tag = "identity",
    request_body = RegisterBody,
    responses((status = 201, description = "The account and its first session.", body = SessionBody), (status = 409, description = "The address is in use."))
)]
#[post("/auth/register")]
pub(super) async fn register(
    request: HttpRequest,
    body: Parsed<RegisterBody>,
    use_case: Data<Register>,
) -> Result<Created<SessionBody>, ApiError> {
    let signed_in = use_case.run(body.command, user_agent(&request)).await?;
    Ok(Created(signed_in.into()))
}
