//! `/auth/passkeys`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::identity::{CeremonyId, FactorQueries, Passkey};
use hos_domain::kernel::{Id, Timestamp};
use hos_usecases::identity::{BegunCeremony, PasskeyName, UsePasskeys};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::second_factor::ProofBody;
use super::session_answer::SessionAnswer;
use super::session_body::SessionBody;
use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, FromClient, Offered, Parse, Parsed, PathId};

/// A passkey of mine.
#[derive(Serialize, ToSchema)]
pub(super) struct PasskeyBody {
    /// Its id.
    id: Uuid,
    /// What I call it.
    #[schema(example = "Phone")]
    name: String,
    /// When it was added.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used to log in.
    #[schema(format = DateTime)]
    used_at: Option<String>,
}

impl From<Passkey> for PasskeyBody {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id.uuid(),
            name: passkey.name,
            created_at: passkey.created_at.to_string(),
            used_at: passkey.used_at.map(|at: Timestamp| at.to_string()),
        }
    }
}

/// A user's passkeys.
#[derive(Serialize, ToSchema)]
pub(super) struct PasskeysBody {
    /// The newest first.
    items: Vec<PasskeyBody>,
}

/// List my passkeys
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    responses((status = 200, body = PasskeysBody)),
)]
#[get("/auth/passkeys")]
pub(super) async fn list_passkeys(
    user: CurrentUser,
    factors: Data<dyn FactorQueries>,
) -> Result<Json<PasskeysBody>, ApiError> {
    let items = factors.passkeys(user.user).await?.into_iter().map(Into::into).collect();
    Ok(Json(PasskeysBody { items }))
}

/// A ceremony that waits for the browser's answer.
#[derive(Serialize, ToSchema)]
pub(super) struct CeremonyBody {
    /// To be sent back with the answer, within five minutes, once.
    ceremony_id: Uuid,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    #[schema(value_type = Object)]
    options: Value,
}

impl From<BegunCeremony> for CeremonyBody {
    fn from(begun: BegunCeremony) -> Self {
        Self { ceremony_id: begun.id.uuid(), options: serde_json::from_str(&begun.options).unwrap_or_default() }
    }
}

/// Begin to add a passkey
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = ProofBody,
    responses(
        (status = 200, body = CeremonyBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 409, description = "There are 20 already."),
        (status = 404, description = "Passkeys are not offered here: they need a domain."),
        (status = 422, description = "The ceremony came to nothing (`PASSKEY_REFUSED`)."),
    ),
)]
#[post("/auth/passkeys/register/begin")]
pub(super) async fn begin_passkey(
    user: CurrentUser,
    body: Parsed<ProofBody>,
    use_case: Offered<UsePasskeys>,
) -> Result<Json<CeremonyBody>, ApiError> {
    Ok(Json(use_case.begin_registration(*user, body.command.as_ref()).await?.into()))
}

/// The browser's answer to a request for a new key.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FinishPasskeyBody {
    /// As it came with the options.
    ceremony_id: String,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    credential: Value,
    /// What I call it.
    #[schema(example = "Phone", min_length = 1, max_length = 100)]
    name: String,
}

impl Parse for FinishPasskeyBody {
    type Command = (CeremonyId, String, PasskeyName);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let id = check.field("ceremony_id", Id::parse(&self.ceremony_id));
        let name = check.field("name", PasskeyName::parse(&self.name));
        Some((id?, self.credential.to_string(), name?))
    }
}

/// Finish adding a passkey
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = FinishPasskeyBody,
    responses(
        (status = 201, body = PasskeyBody),
        (status = 404, description = "Passkeys are not offered here: they need a domain."),
        (status = 422, description = "The answer was not accepted (`PASSKEY_REFUSED`)."),
    ),
)]
#[post("/auth/passkeys/register/finish")]
pub(super) async fn finish_passkey(
    user: CurrentUser,
    body: Parsed<FinishPasskeyBody>,
    use_case: Offered<UsePasskeys>,
) -> Result<Created<PasskeyBody>, ApiError> {
    let (ceremony, answer, name) = body.command;
    Ok(Created(use_case.finish_registration(*user, (ceremony, &answer), name).await?.into()))
}

/// Remove a passkey
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    request_body = ProofBody,
    responses(
        (status = 204, description = "It logs nobody in any more."),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 404, description = "There is no such passkey of mine."),
    ),
)]
#[delete("/auth/passkeys/{id}")]
pub(super) async fn remove_passkey(
    user: CurrentUser,
    id: PathId<Passkey>,
    body: Parsed<ProofBody>,
    use_case: Offered<UsePasskeys>,
) -> Result<HttpResponse, ApiError> {
    use_case.remove(*user, id.0, body.command.as_ref()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Begin a login with a passkey
///
/// No address is asked for: the device knows whose key it is.
#[utoipa::path(
    tag = "identity",
    responses(
        (status = 200, body = CeremonyBody),
        (status = 404, description = "Passkeys are not offered here: they need a domain."),
        (status = 422, description = "The ceremony came to nothing (`PASSKEY_REFUSED`)."),
    ),
)]
#[post("/auth/passkeys/login/begin")]
pub(super) async fn begin_passkey_login(use_case: Offered<UsePasskeys>) -> Result<Json<CeremonyBody>, ApiError> {
    Ok(Json(use_case.begin_login().await?.into()))
}

/// The browser's answer to a login.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PasskeyLoginBody {
    /// As it came with the options.
    ceremony_id: String,
    /// `credential.toJSON()`.
    #[schema(value_type = Object)]
    credential: Value,
}

impl Parse for PasskeyLoginBody {
    type Command = (CeremonyId, String);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        Some((check.field("ceremony_id", Id::parse(&self.ceremony_id))?, self.credential.to_string()))
    }
}

/// Finish a login with a passkey
///
/// A passkey is two factors by itself, so no other is asked for, and failed passwords lock nobody out of it.
#[utoipa::path(
    tag = "identity",
    request_body = PasskeyLoginBody,
    responses(
        (status = 200, description = "A new session.", body = SessionBody),
        (status = 403, description = "The account is suspended."),
        (status = 404, description = "Passkeys are not offered here: they need a domain."),
        (status = 422, description = "The answer was not accepted (`PASSKEY_REFUSED`)."),
    ),
)]
#[post("/auth/passkeys/login/finish")]
pub(super) async fn finish_passkey_login(
    client: FromClient,
    body: Parsed<PasskeyLoginBody>,
    use_case: Offered<UsePasskeys>,
) -> Result<SessionAnswer<SessionBody>, ApiError> {
    let (ceremony, answer) = body.command;
    Ok(SessionAnswer::ok(use_case.finish_login((ceremony, &answer), client.0).await?))
}
