//! POST `/auth/device/lookup`, `/auth/device/approve` and `/auth/device/deny`: what a logged-in user answers to a device.

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::identity::{DeviceGrant, Scope};
use hos_usecases::identity::{AnswerDevice, Guesser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, CurrentUser, FromClient, Parse, Parsed};

/// What the device shows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UserCodeBody {
    /// Eight letters, in either case, with or without the dash.
    #[schema(example = "BCDF-GHJK")]
    user_code: String,
}

impl Parse for UserCodeBody {
    type Command = String;

    /// Whether it has the form of a code is not looked at here: a wrong code is counted, whatever its form.
    fn parse(self, _: &mut Check) -> Option<String> {
        Some(self.user_code)
    }
}

/// The device behind a code.
#[derive(Serialize, ToSchema)]
pub(super) struct AskingDeviceBody {
    /// What it calls itself.
    #[schema(example = "Ada's watch")]
    client_name: String,
    /// What it wants to do.
    scopes: Vec<ScopeBody>,
}

/// Something that a device wants to do.
#[derive(Serialize, ToSchema)]
struct ScopeBody {
    /// The scope.
    #[schema(example = "projects:read")]
    name: &'static str,
    /// The same for a person.
    #[schema(example = "Read your projects")]
    description: &'static str,
}

impl From<DeviceGrant> for AskingDeviceBody {
    fn from(grant: DeviceGrant) -> Self {
        let body = |scope: Scope| ScopeBody { name: scope.name(), description: scope.words() };
        Self { client_name: grant.client_name.as_str().to_owned(), scopes: grant.scopes.iter().map(body).collect() }
    }
}

/// See which device asks for what
///
/// Show it before the user says yes: whoever sent them the code may not be who they think.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = UserCodeBody,
    responses(
        (status = 200, description = "It waits for an answer.", body = AskingDeviceBody),
        (status = 422, description = "The code is wrong or no longer counts (`CODE_INVALID`)."),
        (status = 429, description = "Five wrong codes were typed within ten minutes."),
    ),
)]
#[post("/auth/device/lookup")]
pub(super) async fn look_up_device(
    user: CurrentUser,
    body: Parsed<UserCodeBody>,
    use_case: Data<AnswerDevice>,
) -> Result<Json<AskingDeviceBody>, ApiError> {
    Ok(Json(use_case.look_up(&body.command, Guesser::User(user.user)).await?.into()))
}

/// Let a device in
///
/// It gets a session of its own, which stands in `/auth/sessions` and may do what its scopes say and nothing more.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = UserCodeBody,
    responses(
        (status = 200, description = "The device gets its tokens when it asks next.", body = AskingDeviceBody),
        (status = 422, description = "The code is wrong or no longer counts (`CODE_INVALID`)."),
        (status = 429, description = "Five wrong codes were typed within ten minutes."),
    ),
)]
#[post("/auth/device/approve")]
pub(super) async fn approve_device(
    (user, client): (CurrentUser, FromClient),
    body: Parsed<UserCodeBody>,
    use_case: Data<AnswerDevice>,
) -> Result<Json<AskingDeviceBody>, ApiError> {
    let guesser = Guesser::User(user.user);
    Ok(Json(use_case.approve(&body.command, guesser, user.user, &client.0).await?.into()))
}

/// Keep a device out
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = UserCodeBody,
    responses(
        (status = 200, description = "The device is told when it asks next.", body = AskingDeviceBody),
        (status = 422, description = "The code is wrong or no longer counts (`CODE_INVALID`)."),
        (status = 429, description = "Five wrong codes were typed within ten minutes."),
    ),
)]
#[post("/auth/device/deny")]
pub(super) async fn deny_device(
    user: CurrentUser,
    body: Parsed<UserCodeBody>,
    use_case: Data<AnswerDevice>,
) -> Result<Json<AskingDeviceBody>, ApiError> {
    Ok(Json(use_case.deny(&body.command, Guesser::User(user.user)).await?.into()))
}
