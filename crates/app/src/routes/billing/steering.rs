//! POST `/billing/subscription/…`: cancel, resume, pause.

use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, post};
use hos_domain::billing::CancelAt;
use hos_domain::kernel::{Invalid, single_line};
use hos_usecases::billing::{CancelSubscription, PauseSubscription, ResumeSubscription, Steered};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::subscription::SubscriptionBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed, bare_once};

/// My subscription after I did something.
#[derive(Serialize, ToSchema)]
pub(super) struct SteeredBody {
    /// As it is now.
    subscription: SubscriptionBody,
}

impl From<Steered> for SteeredBody {
    fn from(steered: Steered) -> Self {
        Self { subscription: SubscriptionBody::of(steered.subscription, steered.now) }
    }
}

/// How to cancel.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CancelBody {
    /// With the period that is paid for; otherwise now, and nothing is given back by that.
    #[serde(default = "yes")]
    #[schema(default = true)]
    at_period_end: bool,
    /// Why; kept with the deed.
    #[schema(example = "Training alone from now on", max_length = 500)]
    reason: Option<String>,
}

const fn yes() -> bool {
    true
}

/// One line of one's own.
pub(super) fn note(text: &str) -> Result<String, Invalid> {
    single_line(text, 500)
}

impl Parse for CancelBody {
    type Command = (CancelAt, Option<String>);

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        let at = if self.at_period_end { CancelAt::PeriodEnd } else { CancelAt::Once };
        Some((at, check.optional("reason", self.reason, |text| note(&text))?))
    }
}

/// Cancel my subscription
///
/// It counts at once, and the provider's webhook says nothing new. Cancelling again changes nothing.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours.")),
    request_body = CancelBody,
    responses(
        (status = 200, body = SteeredBody),
        (status = 404, description = "There is nothing to cancel: `NO_SUBSCRIPTION`."),
        (status = 409, description = "The key was used for another body."),
        (status = 422, description = "The provider can't do this: `PROVIDER_UNSUPPORTED`."),
        (status = 502, description = "The provider failed; nothing has changed here. Send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/billing/subscription/cancel")]
pub(super) async fn cancel_subscription(
    user: CurrentUser,
    body: Parsed<CancelBody>,
    use_case: Data<CancelSubscription>,
) -> Result<Json<SteeredBody>, ApiError> {
    let once = body.once(user.user)?;
    let (at, reason) = body.command;
    Ok(Json(use_case.run(user.user, at, reason, once).await?.into()))
}

/// Let my subscription go on
///
/// Takes a scheduled cancel back, or ends a pause. Takes no body.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer for 24 hours.")),
    responses(
        (status = 200, body = SteeredBody),
        (status = 404, description = "There is nothing to resume: `NO_SUBSCRIPTION`."),
        (status = 409, description = "It is neither cancelled nor paused: `NOTHING_TO_RESUME`."),
        (status = 422, description = "The provider can't do this: `PROVIDER_UNSUPPORTED`."),
        (status = 502, description = "The provider failed; nothing has changed here. Send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/billing/subscription/resume")]
pub(super) async fn resume_subscription(
    user: CurrentUser,
    request: HttpRequest,
    use_case: Data<ResumeSubscription>,
) -> Result<Json<SteeredBody>, ApiError> {
    Ok(Json(use_case.run(user.user, bare_once(&request, user.user)?).await?.into()))
}

/// Pause my subscription
///
/// Nothing is charged until I resume it; what is paid for can be used to its end. Takes no body.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gives the same answer for 24 hours.")),
    responses(
        (status = 200, body = SteeredBody),
        (status = 404, description = "There is nothing to pause: `NO_SUBSCRIPTION`."),
        (status = 409, description = "It is in its trial, or behind with its payments: `SUBSCRIPTION_NOT_RUNNING`."),
        (status = 422, description = "The provider can't do this: `PROVIDER_UNSUPPORTED`."),
        (status = 502, description = "The provider failed; nothing has changed here. Send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/billing/subscription/pause")]
pub(super) async fn pause_subscription(
    user: CurrentUser,
    request: HttpRequest,
    use_case: Data<PauseSubscription>,
) -> Result<Json<SteeredBody>, ApiError> {
    Ok(Json(use_case.run(user.user, bare_once(&request, user.user)?).await?.into()))
}
