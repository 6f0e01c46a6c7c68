//! Which provider serves whom.

use std::collections::BTreeMap;

use super::Provider;
use crate::kernel::{CountryCode, Invalid};

/// A map from countries to providers, and what serves the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionRouting {
    countries: BTreeMap<CountryCode, Provider>,
    others: Option<Provider>,
}

/// No provider serves this country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("payments are not offered in this country yet")]
pub struct UnsupportedRegion;

impl RegionRouting {
    /// One provider for everybody.
    #[must_use]
    pub const fn everywhere(provider: Provider) -> Self {
        Self { countries: BTreeMap::new(), others: Some(provider) }
    }

    /// The same, but for one country.
    #[must_use]
    pub fn with(mut self, country: CountryCode, provider: Provider) -> Self {
        self.countries.insert(country, provider);
        self
    }

    /// Reads `IN=razorpay,DE=stripe,*=stripe`; without `*` all other countries are unsupported.
    ///
    /// # Errors
    /// [`Invalid`] that quotes the entry at fault.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut routing = Self { countries: BTreeMap::new(), others: None };
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let wrong = |why: &str| Invalid::new("region", format!("{entry:?} {why}"));
            let (place, provider) = entry.split_once('=').ok_or_else(|| wrong("is not COUNTRY=provider"))?;
            let provider = Provider::from_name(provider.trim()).ok_or_else(|| wrong("names no known provider"))?;
            let taken = match place.trim() {
                "*" => routing.others.replace(provider).is_some(),
                code => {
                    let country = CountryCode::parse(code).map_err(|_| wrong("names no ISO country"))?;
                    routing.countries.insert(country, provider).is_some()
                }
            };
            if taken {
                return Err(wrong("stands here twice"));
            }
        }
        Ok(routing)
    }

    /// The provider for somebody from `country`; who has not said where they are is served as all others.
    ///
    /// # Errors
    /// [`UnsupportedRegion`]
    pub fn route(&self, country: Option<CountryCode>) -> Result<Provider, UnsupportedRegion> {
        let mapped = country.and_then(|country| self.countries.get(&country).copied());
        mapped.or(self.others).ok_or(UnsupportedRegion)
    }

    /// Every provider that serves somebody.
    pub fn providers(&self) -> impl Iterator<Item = Provider> {
        self.countries.values().copied().chain(self.others)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_country() -> impl Strategy<Value = CountryCode> {
        let all: Vec<_> = CountryCode::all().collect();
        prop::sample::select(all)
    }

    fn any_provider() -> impl Strategy<Value = Provider> {
        prop::sample::select(Provider::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn a_mapped_country_gets_its_provider_and_every_other_the_error(
            map in prop::collection::btree_map(any_country(), any_provider(), 0..20),
            asked in any_country(),
        ) {
            let text: Vec<_> = map.iter().map(|(country, provider)| format!("{country}={}", provider.name())).collect();
            let routing = RegionRouting::parse(&text.join(",")).unwrap();
            prop_assert_eq!(routing.route(Some(asked)), map.get(&asked).copied().ok_or(UnsupportedRegion));
            prop_assert_eq!(routing.route(None), Err(UnsupportedRegion));
        }

        #[test]
        fn what_is_no_country_is_no_entry(place in "[A-Za-z]{0,4}") {
            let entry = format!("{place}=stripe");
            prop_assert_eq!(RegionRouting::parse(&entry).is_ok(), CountryCode::parse(&place).is_ok());
        }
    }

    #[test]
    fn the_star_serves_the_rest() {
        let routing = RegionRouting::parse("IN=razorpay, *=stripe").unwrap();
        assert_eq!(routing.route(CountryCode::parse("IN").ok()), Ok(Provider::Razorpay));
        assert_eq!(routing.route(CountryCode::parse("DE").ok()), Ok(Provider::Stripe));
        assert_eq!(routing.route(None), Ok(Provider::Stripe));
        assert_eq!(RegionRouting::everywhere(Provider::Stripe).with(CountryCode::INDIA, Provider::Razorpay), routing);
        assert!(RegionRouting::parse("IN=razorpay,IN=stripe").is_err());
        assert!(RegionRouting::parse("IN").is_err() && RegionRouting::parse("IN=paypal").is_err());
    }
}
