//! `/sandbox/clock`: business time, and how to wind it.

use actix_web::web::Json;
use actix_web::{get, post};
use hos_domain::kernel::{BusinessClock, Clock, Invalid, Timestamp};
use hos_usecases::sandbox::{AdvanceClock, AdvanceTo};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::http::{Check, Offered, Parse, Parsed};

/// What time it is.
#[derive(Serialize, ToSchema)]
pub(super) struct ClockBody {
    /// Business time: what subscriptions, trials and reminders live by.
    #[schema(format = DateTime)]
    business_now: String,
    /// Real time.
    #[schema(format = DateTime)]
    real_now: String,
}

/// Read the business clock
///
/// Exists only with `DEBUG=true`.
#[utoipa::path(
    tag = "sandbox",
    responses(
        (status = 200, body = ClockBody),
        (status = 404, description = "Development mode is off."),
    ),
)]
#[get("/sandbox/clock")]
pub(super) async fn read_clock(
    _sandbox: Offered<AdvanceClock>,
    business: Offered<dyn BusinessClock>,
    real: Offered<dyn Clock>,
) -> Json<ClockBody> {
    Json(ClockBody { business_now: business.now().to_string(), real_now: real.now().to_string() })
}

/// How far to wind: `days` or `to`, not both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AdvanceBody {
    /// By so many days.
    #[schema(example = 31, minimum = 0, maximum = 36500)]
    days: Option<u32>,
    /// To this instant.
    #[schema(format = DateTime)]
    to: Option<String>,
}

impl Parse for AdvanceBody {
    type Command = AdvanceTo;

    fn parse(self, check: &mut Check) -> Option<AdvanceTo> {
        match (self.days, self.to) {
            (Some(days @ 0..=36_500), None) => Some(AdvanceTo::Days(days)),
            (Some(_), None) => check.field("days", Err(Invalid::new("range", "This takes 0 to 36500 days."))),
            (None, Some(to)) => check.field("to", Timestamp::parse(&to)).map(AdvanceTo::Instant),
            (None, None) => check.field("days", Err(Invalid::new("required", "Send days, or to."))),
            (Some(_), Some(_)) => check.field("days", Err(Invalid::new("exclusive", "Send days or to, one of them."))),
        }
    }
}

/// How far it came.
#[derive(Serialize, ToSchema)]
pub(super) struct AdvancedBody {
    /// Business time now.
    #[schema(format = DateTime)]
    business_now: String,
    /// How many events happened on the way.
    events: u64,
    /// How many of them are not processed yet.
    unsettled: u64,
}

/// Wind the business clock forward
///
/// Exists only with `DEBUG=true`. Steps through each instant at which something is due, and answers once the webhooks of
/// each are processed: after it, renewals, failed payments and ends have had their effect.
#[utoipa::path(
    tag = "sandbox",
    request_body = AdvanceBody,
    responses(
        (status = 200, body = AdvancedBody),
        (status = 404, description = "Development mode is off."),
    ),
)]
#[post("/sandbox/clock/advance")]
pub(super) async fn advance_clock(
    use_case: Offered<AdvanceClock>,
    body: Parsed<AdvanceBody>,
) -> Result<Json<AdvancedBody>, ApiError> {
    let advanced = use_case.run(body.command).await?;
    let business_now = advanced.now.to_string();
    Ok(Json(AdvancedBody { business_now, events: advanced.events, unsettled: advanced.unsettled }))
}
