//! `/admin/audit-log`.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::kernel::{Cursor, Id, Page, PageLimit};
use hos_domain::platform::{AuditEntry, AuditFilter, AuditQueries};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::error::ApiError;
use crate::http::{Admin, Check, ListBody, Parse, Queried, ReadAuditLog, cursor_of};

/// Which lines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditLogQuery {
    /// Items a page, 1 to 100; 20 unless given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// Where the last page ended: its `next_cursor`.
    cursor: Option<String>,
    /// Only what was done to this user.
    subject: Option<String>,
    /// Only what this user did.
    actor: Option<String>,
}

/// A parsed [`AuditLogQuery`].
pub(super) struct Wanted {
    filter: AuditFilter,
    limit: PageLimit,
}

impl Parse for AuditLogQuery {
    type Command = Wanted;

    fn parse(self, check: &mut Check) -> Option<Wanted> {
        let limit = check.optional("limit", self.limit, PageLimit::parse);
        let before = check.optional("cursor", self.cursor, |text| cursor_of(&text));
        let subject = check.optional("subject", self.subject, |text| Id::parse(&text));
        let actor = check.optional("actor", self.actor, |text| Id::parse(&text));
        let before = before?.map(|cursor| i64::try_from(cursor.id().as_u128()).unwrap_or(i64::MAX));
        let filter = AuditFilter { before, subject: subject?, actor: actor? };
        Some(Wanted { filter, limit: limit?.unwrap_or_default() })
    }
}

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditLineBody {
    /// Its place in the chain.
    seq: i64,
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// What: `area.deed`.
    #[schema(example = "login.succeeded")]
    action: String,
    /// Who; null for a stranger or the product itself.
    actor: Option<Uuid>,
    /// To whom.
    subject: Option<Uuid>,
    /// What else is known, e.g. `ip`; null when there is nothing, or the subject was erased.
    facts: Option<BTreeMap<String, String>>,
    /// The digest of this line and all before it, in hexadecimal.
    digest: String,
}

impl AuditLineBody {
    fn of((entry, facts): (AuditEntry, Option<BTreeMap<String, String>>)) -> Self {
        Self {
            seq: entry.seq,
            at: entry.at.to_string(),
            action: entry.action,
            actor: entry.actor,
            subject: entry.subject,
            facts,
            digest: entry.digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// Read the audit log
///
/// The newest line first.
#[utoipa::path(
    tag = "admin",
    operation_id = "admin_read_audit_log",
    security(("bearer" = [])),
    params(AuditLogQuery),
    responses((status = 200, body = ListBody<AuditLineBody>)),
)]
#[get("/admin/audit-log")]
pub(super) async fn read_audit_log(
    _: Admin<ReadAuditLog>,
    query: Queried<AuditLogQuery>,
    log: Data<dyn AuditQueries>,
) -> Result<Json<ListBody<AuditLineBody>>, ApiError> {
    let Wanted { filter, limit } = query.0;
    let mut entries = log.newest(&filter, u64::from(limit.get()) + 1).await?;
    let more = entries.len() > limit.get() as usize;
    entries.truncate(limit.get() as usize);
    let place = |entry: &AuditEntry| Cursor::after(Uuid::from_u128(entry.seq.unsigned_abs().into()));
    let next = entries.last().filter(|_| more).map(place);
    let facts = log.facts(&entries).await?;
    let page = Page { items: entries.into_iter().zip(facts).collect(), next };
    Ok(Json(ListBody::render(page, AuditLineBody::of)))
}
