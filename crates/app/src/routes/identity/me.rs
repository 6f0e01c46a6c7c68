//! `/users/me`.

use actix_web::web::Data;
use actix_web::{get, patch};
use hos_domain::identity::{BirthDate, DisplayName, Sex, Units, User, UserId, UserQueries};
use hos_domain::kernel::{CountryCode, ErrorKind, Locale, TimeZone};
use hos_usecases::identity::{ChangeProfile, ProfileChanges};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{Check, IfMatch, Parse, Parsed, ReadProfile, Scoped, Tagged, WriteProfile, present};

/// Read my profile
#[utoipa::path(
    tag = "identity",
    security(("bearer" = []), ("scoped" = ["profile:read"])),
    responses(
        (status = 200, body = UserBody),
        (status = 304, description = "It is still what the tag in `If-None-Match` names."),
    ),
)]
#[get("/users/me")]
pub(super) async fn me(user: Scoped<ReadProfile>, users: Data<dyn UserQueries>) -> Result<Tagged<UserBody>, ApiError> {
    Ok(Tagged(profile(user.user, &**users).await?))
}

/// What every version shows.
pub(super) async fn profile(user: UserId, users: &dyn UserQueries) -> Result<UserBody, ApiError> {
    let found = users.find(user).await?;
    let gone = || ApiError::new(ErrorKind::Unauthenticated, "This account no longer exists.");
    Ok(found.ok_or_else(gone)?.into())
}

/// What is to be different. A field that is missing stays as it is; `"country": null` takes the country away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeProfileBody {
    /// One line, 1 to 100 characters.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    name: Option<String>,
    /// ISO 3166-1 alpha-2, or null; decides the payment provider of the next purchase.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "DE")]
    country: Option<Option<String>>,
    /// IANA time zone.
    #[schema(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// Language tag.
    #[schema(example = "en")]
    locale: Option<String>,
    /// `metric` or `imperial`.
    #[schema(example = "metric")]
    units: Option<String>,
    /// `YYYY-MM-DD`, or null.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date, example = "1990-01-31")]
    birth_date: Option<Option<String>>,
    /// `female`, `male`, or null.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, example = "female")]
    sex: Option<Option<String>>,
}

impl Parse for ChangeProfileBody {
    type Command = ProfileChanges;

    fn parse(self, check: &mut Check) -> Option<ProfileChanges> {
        let name = check.optional("name", self.name, |text| DisplayName::parse(&text));
        let country = check
            .optional("country", self.country, |country| country.map(|text| CountryCode::parse(&text)).transpose());
        let timezone = check.optional("timezone", self.timezone, |text| TimeZone::parse(&text));
        let locale = check.optional("locale", self.locale, |text| Locale::parse(&text));
        let units = check.optional("units", self.units, |text| Units::parse(&text));
        let birth_date =
            check.optional("birth_date", self.birth_date, |date| date.map(|text| BirthDate::parse(&text)).transpose());
        let sex = check.optional("sex", self.sex, |sex| sex.map(|text| Sex::parse(&text)).transpose());
        Some(ProfileChanges {
            name: name?,
            country: country?,
            timezone: timezone?,
            locale: locale?,
            units: units?,
            birth_date: birth_date?,
            sex: sex?,
        })
    }
}

/// Change my profile
#[utoipa::path(
    tag = "identity",
    security(("bearer" = []), ("scoped" = ["profile:write"])),
    params(("If-Match" = Option<String>, Header, description = "The tag of what the change is based on; 409 when it has changed since.")),
    request_body = ChangeProfileBody,
    responses(
        (status = 200, description = "The whole profile as it is now.", body = UserBody),
        (status = 409, description = "It has changed since the tag in `If-Match`."),
    ),
)]
#[patch("/users/me")]
pub(super) async fn change_me(
    user: Scoped<WriteProfile>,
    if_match: IfMatch,
    body: Parsed<ChangeProfileBody>,
    use_case: Data<ChangeProfile>,
) -> Result<Tagged<UserBody>, ApiError> {
    let unchanged = |user: &User| if_match.admits(&UserBody::from(user.clone()));
    Ok(Tagged(use_case.run(user.user, body.command, unchanged).await?.into()))
}
