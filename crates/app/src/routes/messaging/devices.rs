//! `/notifications/register-device` and `/notifications/devices`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::kernel::Locale;
use hos_domain::messaging::{AppVersion, Device, DeviceQueries, DeviceToken, Platform};
use hos_usecases::messaging::{DeviceForm, RegisterDevice, RemoveDevice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{Check, Created, Parse, Parsed, PathId, ReadMessaging, Scoped, WriteMessaging};

/// What a device tells of itself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RegisterDeviceBody {
    /// `ios`, `android`, `web` or `expo`.
    #[schema(example = "ios")]
    platform: String,
    /// How the push service names the device: an APNs device token, an FCM registration token, an Expo push token.
    #[schema(min_length = 1, max_length = 500)]
    token: String,
    /// Which version of the app runs on it.
    #[schema(example = "1.4.2", min_length = 1, max_length = 50)]
    app_version: Option<String>,
    /// The language it is set to.
    #[schema(example = "en")]
    locale: Option<String>,
}

impl Parse for RegisterDeviceBody {
    type Command = DeviceForm;

    fn parse(self, check: &mut Check) -> Option<DeviceForm> {
        let platform = check.field("platform", Platform::parse(&self.platform));
        let token = check.field("token", DeviceToken::parse(&self.token));
        let app_version = check.optional("app_version", self.app_version, |text| AppVersion::parse(&text));
        let locale = check.optional("locale", self.locale, |text| Locale::parse(&text));
        Some(DeviceForm { platform: platform?, token: token?, app_version: app_version?, locale: locale? })
    }
}

/// A device that can be pushed to.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceBody {
    /// Ours.
    id: Uuid,
    /// Whose it is.
    user_id: Uuid,
    /// `ios`, `android`, `web` or `expo`.
    #[schema(example = "ios")]
    platform: &'static str,
    /// How the push service names it.
    token: String,
    /// Which version of the app runs on it.
    app_version: Option<String>,
    /// The language it is set to.
    locale: Option<String>,
    /// Whether the push service still knows it.
    is_active: bool,
    /// When it was registered first.
    #[schema(format = DateTime)]
    created_at: String,
}

impl From<Device> for DeviceBody {
    fn from(device: Device) -> Self {
        Self {
            id: device.id.uuid(),
            user_id: device.user.uuid(),
            platform: device.platform.name(),
            token: device.token.as_str().to_owned(),
            app_version: device.app_version.map(|version| version.as_str().to_owned()),
            locale: device.locale.map(Into::into),
            is_active: device.is_active,
            created_at: device.created_at.to_string(),
        }
    }
}

/// Ask to be pushed to
///
/// Again for the same token it is the same device. A token that is known for another user moves to this one: the phone
/// changed hands.
#[utoipa::path(
    tag = "messaging",
    security(("bearer" = []), ("scoped" = ["messaging:write"])),
    request_body = RegisterDeviceBody,
    responses(
        (status = 201, description = "The device as it is known now.", body = DeviceBody),
    ),
)]
#[post("/notifications/register-device")]
pub(super) async fn register_device(
    user: Scoped<WriteMessaging>,
    body: Parsed<RegisterDeviceBody>,
    use_case: Data<RegisterDevice>,
) -> Result<Created<DeviceBody>, ApiError> {
    Ok(Created(use_case.run(user.user, body.command).await?.into()))
}

/// Ask to be left alone
#[utoipa::path(
    tag = "messaging",
    security(("bearer" = []), ("scoped" = ["messaging:write"])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "The device is forgotten."),
        (status = 404, description = "There is no such device of mine."),
    ),
)]
#[delete("/notifications/register-device/{id}")]
pub(super) async fn remove_device(
    user: Scoped<WriteMessaging>,
    id: PathId<Device>,
    use_case: Data<RemoveDevice>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(user.user, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A user's devices.
#[derive(Serialize, ToSchema)]
pub(super) struct DevicesBody {
    /// The newest first.
    items: Vec<DeviceBody>,
}

/// List my devices
#[utoipa::path(
    tag = "messaging",
    security(("bearer" = []), ("scoped" = ["messaging:read"])),
    responses((status = 200, body = DevicesBody)),
)]
#[get("/notifications/devices")]
pub(super) async fn list_devices(
    user: Scoped<ReadMessaging>,
    devices: Data<dyn DeviceQueries>,
) -> Result<Json<DevicesBody>, ApiError> {
    let devices = devices.devices(user.user).await?;
    Ok(Json(DevicesBody { items: devices.into_iter().map(Into::into).collect() }))
}
