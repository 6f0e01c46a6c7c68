//! POST `/auth/register`.

use actix_web::web::Data;
use actix_web::{Either, post};
use hos_domain::identity::{BirthDate, DisplayName, Password, ReferralCode, TextVersion};
use hos_domain::kernel::{CountryCode, Email, Locale, TimeZone};
use hos_usecases::identity::{Register, Registered, Registration};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_answer::SessionAnswer;
use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Accepted, AcceptedBody, Check, FromClient, Parse, Parsed};

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
    /// `YYYY-MM-DD`; held against the least age of the country.
    #[schema(example = "1990-01-31", format = Date)]
    birth_date: Option<String>,
    /// Who or what brought the user here.
    #[schema(max_length = 50)]
    referral_code: Option<String>,
    /// The version of the terms that the user has accepted.
    #[schema(example = "2026-11", max_length = 50)]
    terms_version: Option<String>,
    /// The version of the privacy notice that the user has accepted.
    #[schema(example = "2026-11", max_length = 50)]
    privacy_version: Option<String>,
    /// Whether the user wants news and offers.
    marketing_opt_in: Option<bool>,
}

impl Parse for RegisterBody {
    type Command = Registration;

    fn parse(self, check: &mut Check) -> Option<Registration> {
        let email = check.field("email", Email::given(&self.email));
        let password = check.field("password", Password::parse(&self.password));
        let name = check.field("name", DisplayName::parse(&self.name));
        let country = check.optional("country", self.country, |text| CountryCode::parse(&text));
        let timezone = check.optional("timezone", self.timezone, |text| TimeZone::parse(&text));
        let locale = check.optional("locale", self.locale, |text| Locale::parse(&text));
        let birth_date = check.optional("birth_date", self.birth_date, |text| BirthDate::parse(&text));
        let referral = check.optional("referral_code", self.referral_code, |text| ReferralCode::parse(&text));
        let terms = check.optional("terms_version", self.terms_version, |text| TextVersion::parse(&text));
        let privacy = check.optional("privacy_version", self.privacy_version, |text| TextVersion::parse(&text));
        Some(Registration {
            email: email?,
            password: password?,
            name: name?,
            country: country?,
            timezone: timezone?,
            locale: locale?,
            birth_date: birth_date?,
            referral_code: referral?,
            terms: terms?,
            privacy: privacy?,
            marketing: self.marketing_opt_in,
        })
    }
}

/// Make an account
///
/// With `REGISTRATION=immediate` the new user is logged in at once, a code to verify the address is on its way, and an
/// address in use is refused with 409 `EMAIL_TAKEN`. With `REGISTRATION=confirm` the answer is always 202: mail goes to the
/// address, and `/auth/verify-email` takes the code from it and logs the new user in.
#[utoipa::path(
    tag = "identity",
    request_body = RegisterBody,
    responses(
        (status = 201, description = "The account and its first session.", body = SessionBody),
        (status = 202, description = "Mail is on its way.", body = AcceptedBody),
        (status = 409, description = "The address is in use."),
        (status = 422, description = "Younger than allowed (`TOO_YOUNG`)."),
    )
)]
#[post("/auth/register")]
pub(super) async fn register(
    client: FromClient,
    body: Parsed<RegisterBody>,
    use_case: Data<Register>,
) -> Result<Either<SessionAnswer<SessionBody>, Accepted>, ApiError> {
    Ok(match use_case.run(body.command, client.0).await? {
        Registered::SignedIn(signed_in) => Either::Left(SessionAnswer::created(*signed_in)),
        Registered::MailSent => Either::Right(Accepted),
    })
}
