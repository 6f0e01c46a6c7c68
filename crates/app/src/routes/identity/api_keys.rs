//! `/api-keys`.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, delete, get, post};
use hos_domain::identity::{ApiKey, ApiKeyName, ApiKeyQueries, Password, Scope, Scopes};
use hos_domain::kernel::{Clock, ErrorKind, Timestamp};
use hos_usecases::identity::{MakeApiKey, NewApiKey, RevokeApiKey};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{Check, Created, CurrentUser, FromClient, Parse, Parsed, PathId};

/// A key for a script or an integration.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiKeyBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Nightly export")]
    name: String,
    /// How its text begins.
    #[schema(example = "hos_1f3c9a07")]
    prefix: String,
    /// What it may do.
    #[schema(example = json!(["projects:read"]))]
    scopes: Vec<&'static str>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// Until when it counts.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it was last used, give or take a minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
}

impl From<ApiKey> for ApiKeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.uuid(),
            name: key.name.as_str().to_owned(),
            prefix: key.prefix,
            scopes: key.scopes.iter().map(Scope::name).collect(),
            created_at: key.created_at.to_string(),
            expires_at: key.expires_at.to_string(),
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        }
    }
}

/// A new key, with its text.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeApiKeyBody {
    #[serde(flatten)]
    about: ApiKeyBody,
    /// The key itself: send it as `Authorization: Bearer hos_…`. It is shown this one time only.
    key: String,
}

/// A user's keys.
#[derive(Serialize, ToSchema)]
pub(super) struct ApiKeysBody {
    /// Those that count, the newest first; at most 20.
    items: Vec<ApiKeyBody>,
}

/// What a new key is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MakeApiKeyBody {
    /// One line, 1 to 100 characters.
    #[schema(example = "Nightly export", min_length = 1, max_length = 100)]
    name: String,
    /// What it may do; one at least.
    #[schema(example = json!(["projects:read"]), min_items = 1)]
    scopes: Vec<String>,
    /// Until when it counts: at most 365 days, 90 unless said.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// The account's password; may be left out within ten minutes of a login or of `/auth/step-up`.
    #[schema(format = Password)]
    password: Option<String>,
}

impl Parse for MakeApiKeyBody {
    type Command = NewApiKey;

    fn parse(self, check: &mut Check) -> Option<NewApiKey> {
        let name = check.field("name", ApiKeyName::parse(&self.name));
        let scopes = check.field("scopes", Scopes::parse(&self.scopes));
        let expires_at = check.optional("expires_at", self.expires_at, |text| Timestamp::parse(&text));
        let password = self.password.map(|password| Password::attempt(&password));
        Some(NewApiKey { name: name?, scopes: scopes?, expires_at: expires_at?, password })
    }
}

/// Make an API key
///
/// For scripts and integrations. Its text is in this answer and nowhere else. It may do what its scopes say and nothing
/// more: no key reaches how one logs in, other keys, the deletion or export of the account, administration or purchases.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = MakeApiKeyBody,
    responses(
        (status = 201, description = "The new key.", body = MadeApiKeyBody),
        (status = 403, description = "The last login is too long ago and no password was sent (`STEP_UP_REQUIRED`)."),
        (status = 409, description = "There are 20 keys already (`TOO_MANY_API_KEYS`)."),
    ),
)]
#[post("/api-keys")]
pub(super) async fn make_api_key(
    (user, client): (CurrentUser, FromClient),
    body: Parsed<MakeApiKeyBody>,
    use_case: Data<MakeApiKey>,
) -> Result<Created<MadeApiKeyBody>, ApiError> {
    let made = use_case.run(*user, body.command, client.0).await?;
    Ok(Created(MadeApiKeyBody { key: made.text.expose().to_owned(), about: made.key.into() }))
}

/// List my API keys
#[utoipa::path(tag = "identity", security(("bearer" = [])), responses((status = 200, body = ApiKeysBody)))]
#[get("/api-keys")]
pub(super) async fn list_api_keys(
    user: CurrentUser,
    keys: Data<dyn ApiKeyQueries>,
    clock: Data<dyn Clock>,
) -> Result<Json<ApiKeysBody>, ApiError> {
    let keys = keys.keys(user.user, clock.now()).await?;
    Ok(Json(ApiKeysBody { items: keys.into_iter().map(Into::into).collect() }))
}

/// Read about an API key
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses((status = 200, body = ApiKeyBody), (status = 404, description = "There is no such key of mine.")),
)]
#[get("/api-keys/{id}")]
pub(super) async fn read_api_key(
    user: CurrentUser,
    id: PathId<ApiKey>,
    keys: Data<dyn ApiKeyQueries>,
    clock: Data<dyn Clock>,
) -> Result<Json<ApiKeyBody>, ApiError> {
    let missing = || ApiError::new(ErrorKind::NotFound, "There is no such key.");
    Ok(Json(keys.key(user.user, id.0, clock.now()).await?.ok_or_else(missing)?.into()))
}

/// Revoke an API key
///
/// It counts no more, at once.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "The key counts no more."),
        (status = 404, description = "There is no such key of mine."),
    ),
)]
#[delete("/api-keys/{id}")]
pub(super) async fn revoke_api_key(
    (user, client): (CurrentUser, FromClient),
    id: PathId<ApiKey>,
    use_case: Data<RevokeApiKey>,
) -> Result<HttpResponse, ApiError> {
    use_case.run(user.user, id.0, client.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
