//! GET `/billing/timeline`.

use std::cmp::Reverse;

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::billing::{BillingQueries, TimelineEntry};
use serde::Serialize;
use utoipa::ToSchema;

use super::plans::MoneyBody;
use crate::error::ApiError;
use crate::http::{ReadBilling, Scoped};

/// What happened, latest first.
#[derive(Serialize, ToSchema)]
pub(super) struct TimelineBody {
    /// Every entry.
    items: Vec<EntryBody>,
}

/// One thing that happened.
#[derive(Serialize, ToSchema)]
struct EntryBody {
    /// When, by the provider's clock.
    #[schema(format = DateTime)]
    at: String,
    /// What.
    #[schema(example = "payment_succeeded")]
    kind: &'static str,
    /// To which provider object.
    object: String,
    /// About how much money; null where it is not about money.
    money: Option<MoneyBody>,
}

impl From<TimelineEntry> for EntryBody {
    fn from(entry: TimelineEntry) -> Self {
        let (at, kind) = (entry.at.to_string(), entry.kind.name());
        Self { at, kind, object: entry.object, money: entry.money.map(Into::into) }
    }
}

/// See what happened
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    responses((status = 200, body = TimelineBody)),
)]
#[get("/billing/timeline")]
pub(super) async fn read_timeline(
    user: Scoped<ReadBilling>,
    billing: Data<dyn BillingQueries>,
) -> Result<Json<TimelineBody>, ApiError> {
    let sets = billing.observations(user.user).await?;
    let mut entries: Vec<TimelineEntry> = sets.iter().flat_map(|(_, set)| set.timeline()).collect();
    entries.sort_by_key(|entry| Reverse((entry.at, entry.kind)));
    Ok(Json(TimelineBody { items: entries.into_iter().map(Into::into).collect() }))
}
