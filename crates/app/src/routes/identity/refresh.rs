//! POST `/auth/refresh`.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use hos_domain::identity::RefreshToken;
use hos_usecases::identity::{RefreshRequest, RefreshSession};
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::RefreshedBody;
use crate::error::ApiError;
use crate::http::{Check, Parse, Parsed, idempotency_key};

/// The refresh token of the last pair.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshBody {
    /// Works once.
    refresh_token: String,
}

impl Parse for RefreshBody {
    type Command = RefreshToken;

    fn parse(self, _: &mut Check) -> Option<RefreshToken> {
        Some(RefreshToken::from_client(&self.refresh_token))
    }
}

/// Get the next pair of tokens
///
/// Each refresh token works once. Using one twice ends the session, because one of the two was a thief. A client that
/// lost the answer sends the same `Idempotency-Key` again within 60 seconds and gets the same pair; two requests at
/// once with different keys are answered 409.
#[utoipa::path(
    tag = "identity",
    request_body = RefreshBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "Lets a client that lost the answer ask again.")),
    responses(
        (status = 200, description = "The next pair.", body = RefreshedBody),
        (status = 401, description = "The token does not count; log in again."),
        (status = 409, description = "The client races with itself."),
    ),
)]
#[post("/auth/refresh")]
pub(super) async fn refresh(
    request: HttpRequest,
    body: Parsed<RefreshBody>,
    use_case: Data<RefreshSession>,
) -> Result<Json<RefreshedBody>, ApiError> {
    let key = idempotency_key(&request)?;
    let signed_in = use_case.run(RefreshRequest { token: body.command, key }).await?;
    Ok(Json(signed_in.into()))
}
