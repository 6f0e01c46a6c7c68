//! GET `/billing/plans`.

use std::collections::BTreeMap;

use actix_web::get;
use actix_web::web::Data;
use hos_domain::billing::{Catalog, Plan, Price};
use hos_domain::kernel::{CountryCode, Currency, Money};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::{Check, Parse, Queried, Tagged};

/// For whom.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlansQuery {
    /// ISO 3166-1 alpha-2; decides the currency.
    #[param(example = "DE")]
    country: Option<String>,
}

impl Parse for PlansQuery {
    type Command = Option<CountryCode>;

    fn parse(self, check: &mut Check) -> Option<Self::Command> {
        check.optional("country", self.country, |text| CountryCode::parse(&text))
    }
}

/// What is sold.
#[derive(Serialize, ToSchema)]
pub(super) struct PlansBody {
    /// The version of the catalogue.
    catalog_version: String,
    /// The currency that prices are shown in, where they have one in it.
    #[schema(example = "EUR")]
    currency: String,
    /// Every plan.
    plans: Vec<PlanBody>,
}

/// A bundle of entitlements.
#[derive(Serialize, ToSchema)]
struct PlanBody {
    /// Stable.
    #[schema(example = "premium")]
    id: String,
    /// What users read.
    #[schema(example = "HOS Premium")]
    name: String,
    /// One sentence for users.
    description: String,
    /// What it gives.
    #[schema(example = json!(["premium", "voice"]))]
    entitlements: Vec<String>,
    /// How much of what it allows; -1 is without limit.
    #[schema(example = json!({"goals.max": -1}))]
    limits: BTreeMap<String, i64>,
    /// Days of free trial.
    trial_days: u32,
    /// What it costs; empty for a free plan.
    prices: Vec<PriceBody>,
}

/// What a plan costs.
#[derive(Serialize, ToSchema)]
struct PriceBody {
    /// Stable within the plan.
    #[schema(example = "monthly")]
    id: String,
    /// `month` or `year`.
    #[schema(example = "month")]
    interval: &'static str,
    /// How much each time.
    amount: MoneyBody,
}

/// An amount of money.
#[derive(Serialize, ToSchema)]
pub(super) struct MoneyBody {
    /// Whole minor units of the currency.
    #[schema(example = 999)]
    amount_minor: i64,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self { amount_minor: money.amount_minor, currency: money.currency.into() }
    }
}

impl PlanBody {
    fn of(plan: &Plan, currency: Currency, default: Currency) -> Self {
        let price = |price: &&Price| PriceBody {
            id: price.id.to_string(),
            interval: price.interval.name(),
            amount: price.amount.into(),
        };
        Self {
            id: plan.id.to_string(),
            name: plan.name.clone(),
            description: plan.description.clone(),
            entitlements: plan.entitlements.iter().map(ToString::to_string).collect(),
            limits: plan.limits.iter().map(|(limit, value)| (limit.to_string(), *value)).collect(),
            trial_days: plan.trial_days,
            prices: plan.prices_in(currency, default).iter().map(price).collect(),
        }
    }
}

/// See what is sold
///
/// Needs no account, so that a paywall can be shown before signing up.
#[utoipa::path(tag = "billing", params(PlansQuery), responses((status = 200, body = PlansBody), (status = 304, description = "It is still what the tag in `If-None-Match` names.")))]
#[get("/billing/plans")]
pub(super) async fn list_plans(query: Queried<PlansQuery>, catalog: Data<Catalog>) -> Tagged<PlansBody> {
    let (currency, default) = (catalog.currency_of(query.0), catalog.currency_of(None));
    Tagged(PlansBody {
        catalog_version: catalog.version().to_owned(),
        currency: currency.to_string(),
        plans: catalog.plans().iter().map(|plan| PlanBody::of(plan, currency, default)).collect(),
    })
}
