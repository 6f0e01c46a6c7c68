//! The catalogue: plans, their prices per currency, the entitlements and limits they give, and the policy of access.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccessPolicy, Provider};
use crate::kernel::{CountryCode, Currency, Invalid, Money, Timestamp};

/// Raised whenever the same observations and catalogue would give another standing than before.
const RULES: u32 = 1;

/// Everything that is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    pub(super) version: String,
    pub(super) policy: AccessPolicy,
    pub(super) plans: Vec<Plan>,
    pub(super) default_currency: Currency,
    pub(super) currencies: BTreeMap<CountryCode, Currency>,
}

/// A bundle of entitlements that users see and choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Stable.
    pub id: PlanId,
    /// What users read.
    pub name: String,
    /// One sentence for users.
    pub description: String,
    /// What it gives; always an entitlement with the plan's own id, and more.
    pub entitlements: Vec<EntitlementId>,
    /// How much of what it allows; -1 is without limit.
    pub limits: BTreeMap<LimitId, i64>,
    /// Days of free trial, once per person.
    pub trial_days: u32,
    /// What it costs; none for a free plan.
    pub prices: Vec<Price>,
}

/// What a plan costs in one currency and interval, and what the providers call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// Stable within the plan and currency.
    pub id: PriceId,
    /// How often it is charged.
    pub interval: Interval,
    /// How much each time.
    pub amount: Money,
    /// Each provider's id of this price.
    pub provider_ids: BTreeMap<Provider, String>,
}

/// How often a price is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interval {
    /// Each calendar month.
    Month,
    /// Each calendar year.
    Year,
}

impl Interval {
    /// The start of the period that follows `cycles` whole ones since `anchor`. Counted from the anchor each time, so that
    /// a month of 28 days does not shorten all later ones.
    #[must_use]
    pub fn after(self, anchor: Timestamp, cycles: u32) -> Timestamp {
        match self {
            Self::Month => anchor.plus_months(cycles),
            Self::Year => anchor.plus_months(cycles.saturating_mul(12)),
        }
    }

    /// The name in files and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// Defines a name of the catalogue: a short text of lower-case letters, digits, `_` and, for limits, `.`.
macro_rules! catalog_name {
    ($(#[$doc:meta])* $name:ident, $more:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Accepts 1 to 64 lower-case letters, digits and `_`.
            ///
            /// # Errors
            /// [`Invalid`] with the constraint `name`.
            pub fn parse(text: &str) -> Result<Self, Invalid> {
                let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || $more.contains(&c);
                if (1..=64).contains(&text.len()) && text.chars().all(letters) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(Invalid::new("name", "This takes 1 to 64 lower-case letters, digits and underscores."))
                }
            }

            /// The name.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;

            fn try_from(text: String) -> Result<Self, Invalid> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

catalog_name!(
    /// The id of a plan, e.g. `premium`.
    PlanId,
    []
);
catalog_name!(
    /// The id of a price within its plan, e.g. `monthly`.
    PriceId,
    []
);
catalog_name!(
    /// The id of an entitlement, e.g. `premium` or `voice`.
    EntitlementId,
    []
);
catalog_name!(
    /// The id of a limit, e.g. `goals.max`.
    LimitId,
    ['.']
);

impl Catalog {
    /// What a standing follows from besides the observations: the rules of this version of the product, the file, and
    /// whether test purchases count.
    #[must_use]
    pub fn rules(&self) -> String {
        format!("{RULES}-{}{}", self.version, if self.policy.sandbox_grants { "-sandbox" } else { "" })
    }

    /// The version: a digest of the file it was read from.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The operator's choices about access.
    #[must_use]
    pub const fn policy(&self) -> &AccessPolicy {
        &self.policy
    }

    /// The same catalogue with test purchases granting, or not.
    #[must_use]
    pub fn with_sandbox_grants(mut self, grants: bool) -> Self {
        self.policy.sandbox_grants = grants;
        self
    }

    /// Every plan, in the file's order.
    #[must_use]
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The plan with this id.
    #[must_use]
    pub fn plan(&self, id: &PlanId) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.id == *id)
    }

    /// The plan and price behind a provider's id of a price.
    #[must_use]
    pub fn price_of(&self, provider: Provider, provider_id: &str) -> Option<(&Plan, &Price)> {
        let all = self.plans.iter().flat_map(|plan| plan.prices.iter().map(move |price| (plan, price)));
        all.into_iter().find(|(plan, price)| price.provider_id(provider, plan).as_deref() == Some(provider_id))
    }

    /// What prices are shown in to somebody from `country`.
    #[must_use]
    pub fn currency_of(&self, country: Option<CountryCode>) -> Currency {
        let local = country.and_then(|country| self.currencies.get(&country).copied());
        local.unwrap_or(self.default_currency)
    }

    /// The plans that give an entitlement.
    pub fn plans_with(&self, entitlement: &EntitlementId) -> impl Iterator<Item = &Plan> {
        self.plans.iter().filter(|plan| plan.entitlements.contains(entitlement))
    }

    /// Every entitlement there is.
    #[must_use]
    pub fn entitlements(&self) -> BTreeSet<&EntitlementId> {
        self.plans.iter().flat_map(|plan| &plan.entitlements).collect()
    }
}

impl Plan {
    /// The plan's prices for somebody who pays in `currency`: in that currency, or in the default one where it has none.
    #[must_use]
    pub fn prices_in(&self, currency: Currency, default: Currency) -> Vec<&Price> {
        let of = |wanted: Currency| self.prices.iter().filter(move |price| price.amount.currency == wanted);
        let local: Vec<_> = of(currency).collect();
        if local.is_empty() { of(default).collect() } else { local }
    }
}

impl Price {
    /// What `provider` calls this price of `plan`. The sandbox needs no ids of its own: it knows ours.
    #[must_use]
    pub fn provider_id(&self, provider: Provider, plan: &Plan) -> Option<String> {
        match provider {
            Provider::Sandbox => Some(format!("{}/{}/{}", plan.id, self.id, self.amount.currency)),
            other => self.provider_ids.get(&other).cloned(),
        }
    }
}
