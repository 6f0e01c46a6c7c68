//! The catalogue: plans, their prices per currency, the entitlements and limits they give, and the policy of access.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{AccessPolicy, Provider, RefundPolicy};
use crate::kernel::{CountryCode, Currency, Invalid, Money, Timestamp};

/// Raised whenever the same observations and catalogue would give another standing than before.
const RULES: u32 = 1;

/// Everything that is sold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalog {
    pub(super) version: String,
    pub(super) policy: AccessPolicy,
    pub(super) refunds: RefundPolicy,
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

    /// The operator's choices about refunds.
    #[must_use]
    pub const fn refund_policy(&self) -> &RefundPolicy {
        &self.refunds
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::tests::{CATALOG, usd};
    use super::*;

    fn catalog() -> Catalog {
        Catalog::parse(CATALOG).unwrap()
    }

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    /// A standing is derived anew when this changes.
    #[test]
    fn the_rules_change_with_the_file_and_with_whether_test_purchases_count() {
        let rules = catalog().rules();
        assert_eq!(catalog().rules(), rules);
        assert_ne!(Catalog::parse(&CATALOG.replace("voice", "video")).unwrap().rules(), rules);
        assert_ne!(catalog().with_sandbox_grants(true).rules(), rules);
        assert_eq!(catalog().with_sandbox_grants(true).with_sandbox_grants(false).rules(), rules);
    }

    #[test]
    fn no_file_can_make_test_purchases_count() {
        assert!(!catalog().policy().sandbox_grants);
        assert!(Catalog::parse(&CATALOG.replace("dunning_days", "sandbox_grants = true, dunning_days")).is_err());
    }

    #[test]
    fn a_country_sees_its_own_currency_and_everybody_else_the_default() {
        let text = CATALOG.replace(r#""USD" }"#, r#""USD", countries = { EUR = ["DE", "FR"], INR = ["IN"] } }"#);
        let catalog = Catalog::parse(&text).unwrap();
        let seen_from = |code: &str| catalog.currency_of(CountryCode::parse(code).ok());
        assert_eq!(["DE", "FR", "IN", "US"].map(seen_from), ["EUR", "EUR", "INR", "USD"].map(currency));
        assert_eq!(catalog.currency_of(None), currency("USD"));
    }

    #[rstest]
    #[case::a_currency_with_prices("EUR", &["EUR"])]
    #[case::the_default("USD", &["USD", "USD"])]
    #[case::a_currency_without_prices("INR", &["USD", "USD"])]
    fn a_plan_is_shown_in_one_currency(#[case] asked: &str, #[case] shown: &[&str]) {
        let price = |id: &str, code: &str| Price {
            id: PriceId::parse(id).unwrap(),
            interval: Interval::Month,
            amount: Money::new(999, currency(code)),
            provider_ids: BTreeMap::new(),
        };
        let mut plan = catalog().plans.remove(0);
        plan.prices = vec![price("monthly", "USD"), price("monthly", "EUR"), price("annual", "USD")];
        let prices = plan.prices_in(currency(asked), currency("USD"));
        assert_eq!(prices.iter().map(|price| price.amount.currency.as_str()).collect::<Vec<_>>(), shown);
    }

    #[test]
    fn each_provider_has_its_own_word_for_a_price_and_the_sandbox_ours() {
        let catalog = catalog();
        let plan = &catalog.plans()[0];
        let word = |provider| plan.prices[0].provider_id(provider, plan);
        assert_eq!(word(Provider::Stripe).as_deref(), Some("price_1"));
        assert_eq!(word(Provider::Sandbox).as_deref(), Some("premium/monthly/USD"));
        assert_eq!(word(Provider::Razorpay), None);
        assert_eq!(plan.prices[0].amount, usd(999));
    }

    #[test]
    fn plans_are_found_by_their_id_and_by_what_they_give() {
        let catalog = catalog();
        let found = |entitlement: &str| catalog.plans_with(&EntitlementId::parse(entitlement).unwrap()).count();
        assert_eq!((found("voice"), found("coach_plus")), (1, 0));
        assert_eq!(catalog.plan(&PlanId::parse("premium").unwrap()), catalog.plans().first());
        assert_eq!(catalog.plan(&PlanId::parse("voice").unwrap()), None);
        assert_eq!(
            catalog.entitlements().into_iter().map(EntitlementId::as_str).collect::<Vec<_>>(),
            ["premium", "voice"]
        );
    }

    #[rstest]
    #[case("premium", true)]
    #[case("coach_plus2", true)]
    #[case("", false)]
    #[case("Premium", false)]
    #[case("coach-plus", false)]
    #[case("goals.max", false)]
    #[case("prémium", false)]
    fn a_plans_id_is_lower_case_letters_digits_and_underscores(#[case] text: &str, #[case] taken: bool) {
        assert_eq!(PlanId::parse(text).is_ok(), taken);
        assert_eq!(serde_json::from_value::<PlanId>(text.into()).is_ok(), taken);
    }

    #[test]
    fn a_name_has_at_most_64_letters_and_that_of_a_limit_may_have_dots() {
        assert!(PlanId::parse(&"x".repeat(64)).is_ok());
        assert_eq!(PlanId::parse(&"x".repeat(65)).unwrap_err().constraint, "name");
        assert!(LimitId::parse("ai.messages_per_day").is_ok());
    }

    #[rstest]
    #[case(Interval::Month, 1, "2028-02-29T00:00:00Z")]
    #[case(Interval::Month, 2, "2028-03-31T00:00:00Z")]
    #[case(Interval::Month, 13, "2029-02-28T00:00:00Z")]
    #[case(Interval::Year, 1, "2029-01-31T00:00:00Z")]
    #[case(Interval::Year, 0, "2028-01-31T00:00:00Z")]
    fn periods_are_counted_from_their_anchor(#[case] interval: Interval, #[case] cycles: u32, #[case] start: &str) {
        let anchor = Timestamp::parse("2028-01-31T00:00:00Z").unwrap();
        assert_eq!(interval.after(anchor, cycles), Timestamp::parse(start).unwrap());
    }
}
