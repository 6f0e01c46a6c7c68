//! Reading the catalogue from TOML (`config/plans.toml`), with every problem reported at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    AccessPolicy, Catalog, EntitlementId, Interval, LimitId, OnDispute, Plan, PlanId, Price, PriceId, Provider,
    RefundPolicy, RefundShare,
};
use crate::kernel::{CountryCode, Currency, Money};

/// One thing that is wrong with a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogProblem {
    /// Where, e.g. `plans.premium.prices.monthly.USD`.
    pub place: String,
    /// What.
    pub message: String,
}

/// Everything that is wrong with a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogProblems(pub Vec<CatalogProblem>);

impl fmt::Display for CatalogProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the catalogue has {} problem(s)", self.0.len())?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {}: {}", problem.place, problem.message))
    }
}

impl std::error::Error for CatalogProblems {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    policy: PolicyTable,
    currencies: CurrencyTable,
    plans: Vec<PlanTable>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct PolicyTable {
    renewal_slack_hours: Option<u64>,
    dunning_days: Option<u64>,
    on_dispute: Option<OnDisputeWord>,
    refunds: Option<RefundShareWord>,
    refund_days: Option<u64>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum RefundShareWord {
    Full,
    ProRated,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum OnDisputeWord {
    Keep,
    Suspend,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CurrencyTable {
    default: Currency,
    #[serde(default)]
    countries: BTreeMap<Currency, Vec<CountryCode>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanTable {
    id: PlanId,
    name: String,
    description: String,
    #[serde(default)]
    trial_days: u32,
    entitlements: Vec<EntitlementId>,
    #[serde(default)]
    limits: BTreeMap<LimitId, i64>,
    #[serde(default)]
    prices: Vec<PriceTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceTable {
    id: PriceId,
    interval: Interval,
    currency: Currency,
    amount_minor: i64,
    stripe_price: Option<String>,
    razorpay_plan: Option<String>,
}

impl Catalog {
    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, CatalogProblems> {
        let file: File = toml::from_str(text).map_err(|error| {
            CatalogProblems(vec![CatalogProblem { place: "file".into(), message: error.to_string() }])
        })?;
        let catalog = Self {
            version: hex::encode(Sha256::digest(text.as_bytes()).get(..6).unwrap_or_default()),
            refunds: file.policy.refunds(),
            policy: file.policy.into(),
            default_currency: file.currencies.default,
            currencies: by_country(file.currencies.countries),
            plans: file.plans.into_iter().map(Into::into).collect(),
        };
        match problems(&catalog) {
            problems if problems.is_empty() => Ok(catalog),
            problems => Err(CatalogProblems(problems)),
        }
    }
}

fn by_country(currencies: BTreeMap<Currency, Vec<CountryCode>>) -> BTreeMap<CountryCode, Currency> {
    let pairs =
        currencies.into_iter().flat_map(|(currency, countries)| countries.into_iter().map(move |c| (c, currency)));
    pairs.collect()
}

impl PolicyTable {
    fn refunds(&self) -> RefundPolicy {
        let shipped = RefundPolicy::default();
        let days = |days: u64| Duration::from_secs(days.saturating_mul(24 * 60 * 60));
        RefundPolicy {
            share: match self.refunds {
                Some(RefundShareWord::Full) => RefundShare::Full,
                Some(RefundShareWord::ProRated) => RefundShare::ProRated,
                None => shipped.share,
            },
            window: self.refund_days.map_or(shipped.window, days),
        }
    }
}

impl From<PolicyTable> for AccessPolicy {
    fn from(table: PolicyTable) -> Self {
        let default = Self::default();
        let hours = |hours: u64| Duration::from_secs(hours * 60 * 60);
        Self {
            renewal_slack: table.renewal_slack_hours.map_or(default.renewal_slack, hours),
            dunning: table.dunning_days.map_or(default.dunning, |days| hours(days * 24)),
            on_dispute: match table.on_dispute {
                Some(OnDisputeWord::Suspend) => OnDispute::Suspend,
                Some(OnDisputeWord::Keep) | None => OnDispute::Keep,
            },
            sandbox_grants: false,
        }
    }
}

impl From<PlanTable> for Plan {
    fn from(table: PlanTable) -> Self {
        Self {
            id: table.id,
            name: table.name,
            description: table.description,
            entitlements: table.entitlements,
            limits: table.limits,
            trial_days: table.trial_days,
            prices: table.prices.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<PriceTable> for Price {
    fn from(table: PriceTable) -> Self {
        let ids = [(Provider::Stripe, table.stripe_price), (Provider::Razorpay, table.razorpay_plan)];
        Self {
            id: table.id,
            interval: table.interval,
            amount: Money::new(table.amount_minor, table.currency),
            provider_ids: ids.into_iter().filter_map(|(provider, id)| Some((provider, id?))).collect(),
        }
    }
}

fn problems(catalog: &Catalog) -> Vec<CatalogProblem> {
    let mut problems = Vec::new();
    let mut note = |place: String, message: &str| {
        problems.push(CatalogProblem { place, message: message.to_owned() });
    };
    let (mut plans, mut provider_ids) = (BTreeSet::new(), BTreeSet::new());
    for plan in &catalog.plans {
        let place = format!("plans.{}", plan.id);
        if !plans.insert(&plan.id) {
            note(place.clone(), "this plan stands here twice");
        }
        if !plan.entitlements.iter().any(|entitlement| entitlement.as_str() == plan.id.as_str()) {
            note(place.clone(), "its entitlements lack the one with the plan's own id");
        }
        let mut prices = BTreeSet::new();
        for price in &plan.prices {
            let place = format!("{place}.prices.{}.{}", price.id, price.amount.currency);
            if !prices.insert((&price.id, price.amount.currency)) {
                note(place.clone(), "this price stands here twice");
            }
            if price.amount.amount_minor <= 0 {
                note(place.clone(), "a price is more than nothing; a free plan has no prices");
            }
            for id in &price.provider_ids {
                if !provider_ids.insert(id) {
                    note(place.clone(), "another price has the same provider id");
                }
            }
        }
        if !plan.prices.is_empty() && !plan.prices.iter().any(|price| price.amount.currency == catalog.default_currency)
        {
            note(place, "it has no price in the default currency");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        currencies = { default = "USD", countries = { EUR = ["DE"] } }
        [[plans]]
        id = "premium"
        name = "Premium"
        description = "All of it."
        entitlements = ["premium", "voice"]
        limits = { "goals.max" = -1 }
        [[plans.prices]]
        id = "monthly"
        interval = "month"
        currency = "USD"
        amount_minor = 999
        stripe_price = "price_1"
    "#;

    #[test]
    fn a_provider_price_leads_to_its_plan() {
        let catalog = Catalog::parse(SMALL).unwrap();
        let (plan, price) = catalog.price_of(Provider::Stripe, "price_1").unwrap();
        assert_eq!((plan.id.as_str(), price.id.as_str()), ("premium", "monthly"));
        assert!(catalog.price_of(Provider::Sandbox, "premium/monthly/USD").is_some());
        assert!(catalog.price_of(Provider::Stripe, "price_2").is_none());
        assert!(catalog.price_of(Provider::Razorpay, "price_1").is_none());
    }

    #[test]
    fn a_country_without_a_price_of_its_own_sees_the_default_currency() {
        let catalog = Catalog::parse(SMALL).unwrap();
        let germany = CountryCode::parse("DE").unwrap();
        let euro = catalog.currency_of(Some(germany));
        assert_eq!(euro.as_str(), "EUR");
        let plan = &catalog.plans()[0];
        assert_eq!(plan.prices_in(euro, catalog.currency_of(None))[0].amount.currency.as_str(), "USD");
    }

    #[test]
    fn the_version_changes_with_the_file() {
        let other = SMALL.replace("999", "1099");
        assert_ne!(Catalog::parse(SMALL).unwrap().version(), Catalog::parse(&other).unwrap().version());
    }

    #[test]
    fn every_problem_is_named_at_once() {
        let text = SMALL.replace("\"premium\", ", "").replace("999", "0");
        let CatalogProblems(problems) = Catalog::parse(&text).unwrap_err();
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(Catalog::parse("plans = 1").is_err());
        assert!(Catalog::parse(&SMALL.replace("amount_minor", "amount")).is_err());
    }
}
