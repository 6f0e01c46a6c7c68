//! POST `/billing/subscription/preview-change` and `/billing/subscription/change`.

use actix_web::post;
use actix_web::web::{Data, Json};
use hos_domain::billing::{ChangePreview, PlanId, PriceId};
use hos_domain::kernel::Timestamp;
use hos_usecases::billing::{ChangePlan, NewPlan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::plans::MoneyBody;
use super::steering::SteeredBody;
use crate::error::ApiError;
use crate::http::{Check, CurrentUser, Parse, Parsed};

/// What I want instead.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangeBody {
    /// A plan's id.
    #[schema(example = "coach_plus")]
    plan: String,
    /// A price's id; unless given, the one that is called as mine is, or the plan's first.
    #[schema(example = "monthly")]
    price: Option<String>,
    /// From a preview of no more than an hour ago: what it said is what is charged.
    #[schema(format = DateTime)]
    prorated_at: Option<String>,
}

impl Parse for ChangeBody {
    type Command = NewPlan;

    fn parse(self, check: &mut Check) -> Option<NewPlan> {
        let plan = check.field("plan", PlanId::parse(&self.plan));
        let price = check.optional("price", self.price, |text| PriceId::parse(&text));
        let prorated_at = check.optional("prorated_at", self.prorated_at, |text| Timestamp::parse(&text));
        Some(NewPlan { plan: plan?, price: price?, prorated_at: prorated_at? })
    }
}

/// What a change would cost.
#[derive(Serialize, ToSchema)]
pub(super) struct PreviewBody {
    /// Charged for the rest of the period, or for the new one where the new price is for another length of time.
    charge: MoneyBody,
    /// Credited for what is paid for and will not be used.
    credit: MoneyBody,
    /// To be paid at once.
    due_now: MoneyBody,
    /// From when it is reckoned; send it with the change.
    #[schema(format = DateTime)]
    prorated_at: String,
    /// When the next regular payment is due.
    #[schema(format = DateTime)]
    renews_at: Option<String>,
}

impl From<ChangePreview> for PreviewBody {
    fn from(preview: ChangePreview) -> Self {
        Self {
            charge: preview.charge.into(),
            credit: preview.credit.into(),
            due_now: preview.due_now.into(),
            prorated_at: preview.prorated_at.to_string(),
            renews_at: preview.renews_at.map(|at| at.to_string()),
        }
    }
}

/// Ask what a change of plan would cost
///
/// Changes nothing.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    request_body = ChangeBody,
    responses(
        (status = 200, body = PreviewBody),
        (status = 404, description = "There is no such plan or price, or nothing to change: `NO_SUBSCRIPTION`."),
        (status = 409, description = "It has this price already (`SAME_PRICE`), or does not run (`SUBSCRIPTION_NOT_RUNNING`)."),
        (status = 422, description = "The provider can't say it beforehand: `PROVIDER_UNSUPPORTED`."),
        (status = 502, description = "The provider failed."),
        (status = 504, description = "The provider did not answer."),
    )
)]
#[post("/billing/subscription/preview-change")]
pub(super) async fn preview_change(
    user: CurrentUser,
    body: Parsed<ChangeBody>,
    use_case: Data<ChangePlan>,
) -> Result<Json<PreviewBody>, ApiError> {
    Ok(Json(use_case.preview(user.user, &body.command).await?.into()))
}

/// Change my plan
///
/// The difference for the rest of the period is settled at once; where that fails, nothing changes.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and body give the same answer for 24 hours.")),
    request_body = ChangeBody,
    responses(
        (status = 200, body = SteeredBody),
        (status = 404, description = "There is no such plan or price, or nothing to change: `NO_SUBSCRIPTION`."),
        (status = 409, description = "It has this price already (`SAME_PRICE`), does not run (`SUBSCRIPTION_NOT_RUNNING`), or the preview is too old (`PREVIEW_STALE`)."),
        (status = 422, description = "The difference could not be collected (`PAYMENT_DECLINED`), or the provider can't do this (`PROVIDER_UNSUPPORTED`)."),
        (status = 502, description = "The provider failed; nothing has changed here. Send the same key again."),
        (status = 504, description = "The provider did not answer; send the same key again."),
    )
)]
#[post("/billing/subscription/change")]
pub(super) async fn change_plan(
    user: CurrentUser,
    body: Parsed<ChangeBody>,
    use_case: Data<ChangePlan>,
) -> Result<Json<SteeredBody>, ApiError> {
    let once = body.once(user.user)?;
    Ok(Json(use_case.run(user.user, &body.command, once).await?.into()))
}
