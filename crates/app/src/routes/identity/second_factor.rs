//! `/auth/totp`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::identity::{FactorQueries, Password, RecoveryCode};
use hos_usecases::identity::{EnrollTotp, TotpSetup};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed};

/// The proof that it is the user and no finder of their phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofBody {
    /// The account's password; may be left out within ten minutes of a login or of `/auth/step-up`.
    #[schema(format = Password)]
    password: Option<String>,
}

impl Parse for ProofBody {
    type Command = Option<Password>;

    fn parse(self, _: &mut Check) -> Option<Self::Command> {
        Some(self.password.map(|password| Password::attempt(&password)))
    }
}

/// What protects logins besides the password.
#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactorBody {
    /// Whether a login asks for a code of an authenticator app.
    totp: bool,
    /// How many recovery codes are left.
    recovery_codes_left: u64,
}

/// See my second factor
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses((status = 200, body = SecondFactorBody)),
)]
#[get("/auth/totp")]
pub(super) async fn read_totp(
    user: CurrentUser,
    factors: Data<dyn FactorQueries>,
) -> Result<Json<SecondFactorBody>, ApiError> {
    let state = factors.second_factor(user.user).await?;
    Ok(Json(SecondFactorBody { totp: state.totp, recovery_codes_left: state.recovery_codes_left }))
}

/// What an authenticator app is given.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpSetupBody {
    /// For who types it: base32.
    secret: String,
    /// For who opens it on the same device.
    #[schema(example = "otpauth://totp/Gym:ada%40example.com?secret=…&issuer=Gym")]
    otpauth_url: String,
    /// The same for who scans it, as an SVG image.
    qr_svg: Option<String>,
}

impl From<TotpSetup> for TotpSetupBody {
    fn from(setup: TotpSetup) -> Self {
        let qr_svg = hos_local::qr_svg(&setup.url).ok();
        Self { secret: setup.secret, otpauth_url: setup.url, qr_svg }
    }
}

/// Begin to add an authenticator app
///
/// It protects nothing until `/auth/totp/confirm` has seen its first code.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ProofBody,
    responses(
        (status = 200, body = TotpSetupBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 409, description = "There is an app already."),
    ),
)]
#[post("/auth/totp/begin")]
pub(super) async fn begin_totp(
    user: CurrentUser,
    body: Parsed<ProofBody>,
    use_case: Data<EnrollTotp>,
) -> Result<Json<TotpSetupBody>, ApiError> {
    Ok(Json(use_case.begin(*user, body.command.as_ref()).await?.into()))
}

/// The app's first code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TotpCodeBody {
    /// Six digits.
    #[schema(example = "123456")]
    code: String,
}

impl Parse for TotpCodeBody {
    type Command = String;

    fn parse(self, _: &mut Check) -> Option<String> {
        Some(self.code)
    }
}

/// Codes for when the app is gone.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodesBody {
    /// Each works once. They are shown now and never again.
    #[schema(example = json!(["8k3mz-q4x7n"]))]
    recovery_codes: Vec<String>,
}

impl From<Vec<RecoveryCode>> for RecoveryCodesBody {
    fn from(codes: Vec<RecoveryCode>) -> Self {
        Self { recovery_codes: codes.iter().map(RecoveryCode::expose).collect() }
    }
}

/// Finish adding an authenticator app
///
/// From now on a login asks for a code. The recovery codes are shown once.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = TotpCodeBody,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = 409, description = "There is an app already."),
        (status = 422, description = "The code is not the app's (`CODE_INVALID`)."),
    ),
)]
#[post("/auth/totp/confirm")]
pub(super) async fn confirm_totp(
    user: CurrentUser,
    body: Parsed<TotpCodeBody>,
    use_case: Data<EnrollTotp>,
) -> Result<Json<RecoveryCodesBody>, ApiError> {
    Ok(Json(use_case.confirm(*user, &body.command).await?.into()))
}

/// Make new recovery codes
///
/// The old ones count no more.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ProofBody,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no app."),
    ),
)]
#[post("/auth/totp/recovery-codes")]
pub(super) async fn draw_recovery_codes(
    user: CurrentUser,
    body: Parsed<ProofBody>,
    use_case: Data<EnrollTotp>,
) -> Result<Json<RecoveryCodesBody>, ApiError> {
    Ok(Json(use_case.draw_recovery_codes(*user, body.command.as_ref()).await?.into()))
}

/// Remove the authenticator app
///
/// The recovery codes go with it.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ProofBody,
    responses(
        (status = 204, description = "A login asks for the password alone."),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no app."),
    ),
)]
#[delete("/auth/totp")]
pub(super) async fn remove_totp(
    user: CurrentUser,
    body: Parsed<ProofBody>,
    use_case: Data<EnrollTotp>,
) -> Result<HttpResponse, ApiError> {
    use_case.remove(*user, body.command.as_ref()).await?;
    Ok(HttpResponse::NoContent().finish())
}
