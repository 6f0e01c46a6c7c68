//! POST `/auth/merge`.

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::kernel::Invalid;
use hos_usecases::identity::MergeAccounts;
use serde::Deserialize;
use utoipa::ToSchema;

use super::session_body::UserBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, FromClient, Parse, Parsed};

/// The anonymous account that goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergeBody {
    /// An access token of the anonymous account, from the device it lives on.
    #[schema(format = Password)]
    anonymous_access_token: String,
    /// `true`: this can't be undone.
    #[schema(example = true)]
    merge: bool,
}

impl Parse for MergeBody {
    type Command = String;

    fn parse(self, check: &mut Check) -> Option<String> {
        let meant = if self.merge { Ok(()) } else { Err(Invalid::new("true", "Say true: a merge can't be undone.")) };
        check.field("merge", meant)?;
        Some(self.anonymous_access_token)
    }
}

/// Bring an anonymous account into mine
///
/// For who began without saying who they are and has an account already: log in, and send the anonymous account's token along
/// within ten minutes. Everything in it, purchases too, is in this account from then on; the anonymous one is gone. What it
/// agreed to and its passkeys and API keys don't move. Asked again, it changes nothing.
#[utoipa::path(
    tag = "identity",
    security(("bearer" = [])),
    request_body = MergeBody,
    responses(
        (status = 200, description = "The account that stays.", body = UserBody),
        (status = 403, description = "The last login is too long ago (`STEP_UP_REQUIRED`)."),
        (status = 409, description = "The account that would go is not anonymous (`NOT_ANONYMOUS`), or the one that would stay is (`ANONYMOUS`)."),
    )
)]
#[post("/auth/merge")]
pub(super) async fn merge(
    (user, client): (CurrentUser, FromClient),
    body: Parsed<MergeBody>,
    use_case: Data<MergeAccounts>,
) -> Result<Json<UserBody>, ApiError> {
    Ok(Json(use_case.run(*user, &body.command, client.0).await?.into()))
}
