//! `/notifications/preferences`.

use actix_web::web::{Data, Json};
use actix_web::{get, patch};
use hos_domain::messaging::{Digest, PreferenceQueries, Preferences, QuietHours};
use hos_usecases::messaging::{ChangePreferences, PreferenceChanges};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, Object, Parse, Parsed, ReadMessaging, Scoped, Tagged, WriteMessaging, present};

/// What a user wants to hear.
#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own on the user's screen")]
pub(super) struct PreferencesBody {
    /// Any push at all.
    push_enabled: bool,
    /// Reminders of goals and sessions.
    coaching_reminders: bool,
    /// News of the subscription.
    subscription_alerts: bool,
    /// Comments, reactions, followers.
    community: bool,
    /// Offers and news of the product.
    marketing: bool,
    /// Any mail that is not required.
    email_enabled: bool,
    /// When not to be disturbed, in the user's own time zone; null for never.
    quiet_hours: Option<QuietHoursBody>,
    /// How often a summary is sent: `off`, `daily` or `weekly`.
    #[schema(example = "weekly")]
    digest: String,
}

/// A span of the day; it may go past midnight.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuietHoursBody {
    /// First quiet minute, `HH:MM`.
    #[schema(example = "22:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    start: String,
    /// First minute after, `HH:MM`.
    #[schema(example = "07:00", pattern = "^[0-2][0-9]:[0-5][0-9]$")]
    end: String,
}

impl From<Preferences> for PreferencesBody {
    fn from(preferences: Preferences) -> Self {
        let quiet_hours = |hours: QuietHours| {
            let (start, end) = hours.texts();
            QuietHoursBody { start, end }
        };
        Self {
            push_enabled: preferences.push_enabled,
            coaching_reminders: preferences.coaching_reminders,
            subscription_alerts: preferences.subscription_alerts,
            community: preferences.community,
            marketing: preferences.marketing,
            email_enabled: preferences.email_enabled,
            quiet_hours: preferences.quiet_hours.map(quiet_hours),
            digest: preferences.digest.name().to_owned(),
        }
    }
}

/// What is to be different. A field that is missing stays as it is; `"quiet_hours": null` ends them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangePreferencesBody {
    /// Any push at all.
    push_enabled: Option<bool>,
    /// Reminders of goals and sessions.
    coaching_reminders: Option<bool>,
    /// News of the subscription.
    subscription_alerts: Option<bool>,
    /// Comments, reactions, followers.
    community: Option<bool>,
    /// Offers and news of the product.
    marketing: Option<bool>,
    /// Any mail that is not required.
    email_enabled: Option<bool>,
    /// When not to be disturbed, or null for never.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<QuietHoursBody>)]
    quiet_hours: Option<Option<Object<QuietHoursBody>>>,
    /// `off`, `daily` or `weekly`.
    #[schema(example = "weekly")]
    digest: Option<String>,
}

impl Parse for ChangePreferencesBody {
    type Command = PreferenceChanges;

    fn parse(self, check: &mut Check) -> Option<PreferenceChanges> {
        let quiet_hours = check.optional("quiet_hours", self.quiet_hours, |hours| {
            hours.map(|Object(hours)| QuietHours::parse(&hours.start, &hours.end)).transpose()
        });
        let digest = check.optional("digest", self.digest, |text| Digest::parse(&text));
        Some(PreferenceChanges {
            push_enabled: self.push_enabled,
            coaching_reminders: self.coaching_reminders,
            subscription_alerts: self.subscription_alerts,
            community: self.community,
            marketing: self.marketing,
            email_enabled: self.email_enabled,
            quiet_hours: quiet_hours?,
            digest: digest?,
        })
    }
}

/// See what I want to hear
#[utoipa::path(
    tag = "messaging",
    security(("bearer" = []), ("scoped" = ["messaging:read"])),
    responses((status = 200, body = PreferencesBody), (status = 304, description = "It is still what the tag in `If-None-Match` names.")),
)]
#[get("/notifications/preferences")]
pub(super) async fn read_preferences(
    user: Scoped<ReadMessaging>,
    preferences: Data<dyn PreferenceQueries>,
) -> Result<Tagged<PreferencesBody>, ApiError> {
    Ok(Tagged(preferences.preferences(user.user).await?.into()))
}

/// Say what I want to hear
#[utoipa::path(
    tag = "messaging",
    security(("bearer" = []), ("scoped" = ["messaging:write"])),
    request_body = ChangePreferencesBody,
    responses((status = 200, description = "How it all stands now.", body = PreferencesBody)),
)]
#[patch("/notifications/preferences")]
pub(super) async fn change_preferences(
    user: Scoped<WriteMessaging>,
    body: Parsed<ChangePreferencesBody>,
    use_case: Data<ChangePreferences>,
) -> Result<Json<PreferencesBody>, ApiError> {
    Ok(Json(use_case.run(user.user, body.command).await?.into()))
}
