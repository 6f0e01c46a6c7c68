//! GET `/billing/explain`.

use actix_web::get;
use actix_web::web::{Data, Json};
use hos_domain::billing::EntitlementId;
use hos_domain::kernel::Timestamp;
use hos_usecases::billing::{ExplainEntitlement, Explanation, Observed, Reason};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::subscription::SubscriptionBody;
use crate::error::ApiError;
use crate::http::{Check, Parse, Queried, ReadBilling, Scoped};

/// What to explain, and as of when.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExplainQuery {
    /// Which entitlement.
    #[param(example = "premium")]
    entitlement: String,
    /// As it was at this instant; now unless given.
    #[param(example = "2030-01-31T12:00:00Z")]
    at: Option<String>,
    /// As far as we knew at this instant; all we know unless given.
    #[param(example = "2030-01-31T12:00:00Z")]
    known_at: Option<String>,
}

/// A parsed [`ExplainQuery`].
pub(super) struct Question {
    entitlement: EntitlementId,
    at: Option<Timestamp>,
    known_at: Option<Timestamp>,
}

impl Parse for ExplainQuery {
    type Command = Question;

    fn parse(self, check: &mut Check) -> Option<Question> {
        let entitlement = check.field("entitlement", EntitlementId::parse(&self.entitlement));
        let at = check.optional("at", self.at, |text| Timestamp::parse(&text));
        let known_at = check.optional("known_at", self.known_at, |text| Timestamp::parse(&text));
        Some(Question { entitlement: entitlement?, at: at?, known_at: known_at? })
    }
}

/// The chain from what was observed to what follows.
#[derive(Serialize, ToSchema)]
pub(super) struct ExplanationBody {
    /// Which entitlement.
    #[schema(example = "premium")]
    entitlement: String,
    /// Whether I have, or had, it.
    active: bool,
    /// At this instant of business time.
    #[schema(format = DateTime)]
    at: String,
    /// As far as was known at this instant of real time.
    #[schema(format = DateTime)]
    known_at: String,
    /// By this version of the catalogue.
    catalog_version: String,
    /// Each subscription whose plan gives it; empty when there never was one.
    because: Vec<ReasonBody>,
}

/// What one subscription contributes.
#[derive(Serialize, ToSchema)]
struct ReasonBody {
    /// What was observed, earliest first.
    observations: Vec<ObservedBody>,
    /// The rule that applies.
    #[schema(example = "paid_and_renewing")]
    rule: &'static str,
    /// The rule in a sentence.
    rule_text: &'static str,
    /// The state that follows.
    state: SubscriptionBody,
}

/// What a provider told us.
#[derive(Serialize, ToSchema)]
struct ObservedBody {
    /// Its identity.
    digest: String,
    /// The provider's object.
    object: String,
    /// As of when it is true.
    #[schema(format = DateTime)]
    as_of: String,
    /// `webhook` or `fetch`.
    #[schema(example = "webhook")]
    source: &'static str,
    /// When it reached us.
    #[schema(format = DateTime)]
    received_at: String,
    /// What it says.
    #[schema(value_type = Object)]
    facts: serde_json::Value,
}

impl From<Observed> for ObservedBody {
    fn from(observed: Observed) -> Self {
        let Observed { digest, received } = observed;
        Self {
            digest: digest.to_string(),
            as_of: received.observation.as_of.to_string(),
            source: received.source.name(),
            received_at: received.received_at.to_string(),
            facts: serde_json::to_value(&received.observation.facts).unwrap_or_default(),
            object: received.observation.object,
        }
    }
}

impl ExplanationBody {
    fn of(explanation: Explanation) -> Self {
        let at = explanation.at;
        let reason = |reason: Reason| ReasonBody {
            observations: reason.observations.into_iter().map(Into::into).collect(),
            rule: reason.rule.name(),
            rule_text: reason.rule.words(),
            state: SubscriptionBody::of(reason.subscription, at),
        };
        Self {
            entitlement: explanation.entitlement.into(),
            active: explanation.active,
            at: at.to_string(),
            known_at: explanation.known_at.to_string(),
            catalog_version: explanation.catalog_version,
            because: explanation.reasons.into_iter().map(reason).collect(),
        }
    }
}

/// Ask why I have an entitlement, or not
///
/// Answers with the chain *observation → rule → state*, at any instant, from what was known at any other.
#[utoipa::path(
    tag = "billing",
    security(("bearer" = []), ("scoped" = ["billing:read"])),
    params(ExplainQuery),
    responses(
        (status = 200, body = ExplanationBody),
        (status = 404, description = "No plan gives an entitlement of this name."),
    ),
)]
#[get("/billing/explain")]
pub(super) async fn explain_entitlement(
    user: Scoped<ReadBilling>,
    query: Queried<ExplainQuery>,
    use_case: Data<ExplainEntitlement>,
) -> Result<Json<ExplanationBody>, ApiError> {
    let Question { entitlement, at, known_at } = query.0;
    let explanation = use_case.run(user.user, entitlement, at, known_at).await?;
    Ok(Json(ExplanationBody::of(explanation)))
}
