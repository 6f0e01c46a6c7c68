//! GET `/billing/entitlements/token`, and the keys to check it with.

use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get};
use hos_usecases::billing::{IssueOfflineToken, OfflineToken};
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{ReadBilling, Scoped};

/// What an app may believe while it is offline.
#[derive(Serialize, ToSchema)]
pub(super) struct OfflineTokenBody {
    /// A JWT signed with EdDSA, of type `ent+jwt`. It opens nothing here.
    token: String,
    /// Until when it counts: three days at most, and never past what was paid for.
    #[schema(format = DateTime)]
    expires_at: String,
    /// What it says.
    #[schema(example = json!(["premium"]))]
    entitlements: Vec<String>,
}

impl From<OfflineToken> for OfflineTokenBody {
    fn from(token: OfflineToken) -> Self {
        Self {
            token: token.token,
            expires_at: token.expires_at.to_string(),
            entitlements: token.entitlements.into_iter().map(Into::into).collect(),
        }
    }
}

/// Take my entitlements along
///
/// For apps that go offline. Check the token with the keys at `/.well-known/jwks.json`.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    responses(
        (status = 200, body = OfflineTokenBody),
        (status = 402, description = "There is nothing to take along."),
    ),
)]
#[get("/billing/entitlements/token")]
pub(super) async fn issue_offline_token(
    user: Scoped<ReadBilling>,
    use_case: Data<IssueOfflineToken>,
) -> Result<Json<OfflineTokenBody>, ApiError> {
    Ok(Json(use_case.run(user.user).await?.into()))
}

/// The public keys of this installation, as they are served.
pub(crate) struct PublishedKeys(String);

impl PublishedKeys {
    /// Publishes JWKs as one set.
    pub(crate) fn new(keys: &[serde_json::Value]) -> Self {
        Self(serde_json::json!({ "keys": keys }).to_string())
    }
}

/// The public keys of this installation
///
/// A JWK set (RFC 7517): the key of offline entitlement tokens, and those of access tokens where they are signed with a
/// private key (`JWT_PRIVATE_KEY`).
#[utoipa::path(tag = "identity", responses((status = 200, description = "The keys.", body = Object)))]
#[get("/.well-known/jwks.json")]
pub(super) async fn read_jwks(keys: Data<PublishedKeys>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .content_type("application/json")
        .body(keys.0.clone())
}
