//! POST `/auth/device/code` and `/auth/device/token`: what a device without a keyboard asks (RFC 8628).

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::identity::{ClientName, DeviceCode, DeviceGrant, Scopes, SessionKind};
use hos_domain::kernel::Invalid;
use hos_usecases::identity::{ACCESS_TOKEN_LIFE, AskForDevice, AskedForDevice, RedeemDeviceCode, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, FromClient, Parse, Parsed};

/// Who asks for what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskForDeviceBody {
    /// What the device calls itself; its user reads it before saying yes. One line, 1 to 100 characters.
    #[schema(example = "Ada's watch", min_length = 1, max_length = 100)]
    client_name: String,
    /// What it wants to do; one at least.
    #[schema(example = json!(["projects:read"]), min_items = 1)]
    scopes: Vec<String>,
}

impl Parse for AskForDeviceBody {
    type Command = (ClientName, Scopes);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let client_name = check.field("client_name", ClientName::parse(&self.client_name));
        let scopes = check.field("scopes", Scopes::parse(&self.scopes));
        Some((client_name?, scopes?))
    }
}

/// The codes, and where the user's one is to be typed.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceCodesBody {
    /// For the device itself: it asks for its tokens with it.
    device_code: String,
    /// For its user: show it.
    #[schema(example = "BCDF-GHJK")]
    user_code: String,
    /// Where its user types the code.
    #[schema(example = "https://gym.example/device")]
    verification_uri: String,
    /// The same with the code in it, for a QR code.
    #[schema(example = "https://gym.example/device?user_code=BCDF-GHJK")]
    verification_uri_complete: String,
    /// Seconds until both codes count no more.
    #[schema(example = 600)]
    expires_in: u64,
    /// Seconds to wait before each question for the tokens.
    #[schema(example = 5)]
    interval: u64,
}

impl From<AskedForDevice> for DeviceCodesBody {
    fn from(asked: AskedForDevice) -> Self {
        Self {
            device_code: asked.device_code.expose().to_owned(),
            user_code: asked.user_code.shown(),
            verification_uri: asked.page,
            verification_uri_complete: asked.page_with_code,
            expires_in: DeviceGrant::LIFE.as_secs(),
            interval: DeviceGrant::INTERVAL.as_secs(),
        }
    }
}

/// Ask to be let in as a device
///
/// For what has no keyboard (RFC 8628): show the user's code and the address, and ask for the tokens every few seconds.
#[utoipa::path(
    tag = "identity",
    request_body = AskForDeviceBody,
    responses((status = 200, description = "The codes, for ten minutes.", body = DeviceCodesBody)),
)]
#[post("/auth/device/code")]
pub(super) async fn ask_for_device(
    body: Parsed<AskForDeviceBody>,
    use_case: Data<AskForDevice>,
) -> Result<Json<DeviceCodesBody>, ApiError> {
    let (client_name, scopes) = body.command;
    Ok(Json(use_case.run(client_name, scopes).await?.into()))
}

/// Which device asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceTokenRequestBody {
    /// What the device was given.
    device_code: String,
}

impl Parse for DeviceTokenRequestBody {
    type Command = DeviceCode;

    fn parse(self, _: &mut Check) -> Option<DeviceCode> {
        Some(DeviceCode::from_client(&self.device_code))
    }
}

/// The tokens of a device that was let in.
#[derive(Serialize, ToSchema)]
pub(super) struct DeviceTokenBody {
    /// For the `Authorization` header: `Bearer {access_token}`.
    access_token: String,
    /// Exchange it at `/auth/refresh` before the access token expires. Works once.
    refresh_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
    /// What it may do, separated by spaces.
    #[schema(example = "projects:read projects:write")]
    scope: String,
}

impl From<SignedIn> for DeviceTokenBody {
    fn from(signed_in: SignedIn) -> Self {
        Self {
            access_token: signed_in.tokens.access,
            refresh_token: signed_in.tokens.refresh.expose().to_owned(),
            token_type: "Bearer",
            expires_in: ACCESS_TOKEN_LIFE.as_secs(),
            scope: signed_in.session.rights.scopes().unwrap_or_default().to_string(),
        }
    }
}

/// Ask whether I am let in
///
/// 400 says why not (yet): `authorization_pending`: wait for the interval and ask again; `slow_down`: the same, and the
/// interval is 5 seconds longer from now on; `access_denied`; `expired_token`; `invalid_grant` for a code that is unknown
/// or was used.
#[utoipa::path(
    tag = "identity",
    request_body = DeviceTokenRequestBody,
    responses(
        (status = 200, description = "The tokens, once.", body = DeviceTokenBody),
        (status = 400, description = "Not yet, or never; the code of the error says which."),
    ),
)]
#[post("/auth/device/token")]
pub(super) async fn redeem_device_code(
    client: FromClient,
    body: Parsed<DeviceTokenRequestBody>,
    use_case: Data<RedeemDeviceCode>,
) -> Result<Json<DeviceTokenBody>, ApiError> {
    if client.0.kind == SessionKind::Browser {
        let invalid = Invalid::new("mode", "A device gets its tokens in the body and in no other way.");
        return Err(ApiError::invalid_field("X-Auth-Mode", invalid));
    }
    Ok(Json(use_case.run(&body.command, client.0).await?.into()))
}
