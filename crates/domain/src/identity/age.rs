//! How old one must be to have an account.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use crate::kernel::{CountryCode, Invalid};

/// A day of birth, between 1900 and today. Judged once, at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BirthDate(NaiveDate);

impl BirthDate {
    /// Parses `YYYY-MM-DD`. A day that lies ahead is refused by [`Self::age_on`]'s readers, who know the day.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `date` or `range`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::new(text.parse().map_err(|_| Invalid::new("date", "This is not a day like 1990-01-31."))?)
    }

    /// The same for a day that was stored.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `range`.
    pub fn new(date: NaiveDate) -> Result<Self, Invalid> {
        if !(1900..=2200).contains(&date.year()) {
            return Err(Invalid::new("range", "Nobody alive was born then."));
        }
        Ok(Self(date))
    }

    /// The day.
    #[must_use]
    pub const fn day(self) -> NaiveDate {
        self.0
    }

    /// How many years old somebody born then is on `day`; `None` when they are not born yet. Who was born on the last
    /// day of a leap February is a year older on the first of March.
    #[must_use]
    pub fn age_on(self, day: NaiveDate) -> Option<u32> {
        day.years_since(self.0)
    }
}

/// The least age per country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinimumAge {
    /// Where no other is named. 16 is the highest that the GDPR lets a member state ask for (article 8).
    pub default: u32,
    /// Where another one holds.
    pub by_country: BTreeMap<String, u32>,
}

impl Default for MinimumAge {
    fn default() -> Self {
        Self { default: 16, by_country: BTreeMap::new() }
    }
}

impl MinimumAge {
    /// The least age in a country.
    #[must_use]
    pub fn in_country(&self, country: Option<CountryCode>) -> u32 {
        country.and_then(|country| self.by_country.get(country.as_str()).copied()).unwrap_or(self.default)
    }

    /// Whether somebody is old enough; who does not say when they were born, is believed.
    #[must_use]
    pub fn admits(&self, born: Option<BirthDate>, country: Option<CountryCode>, today: NaiveDate) -> bool {
        born.is_none_or(|born| born.age_on(today).is_some_and(|age| age >= self.in_country(country)))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[rstest]
    #[case::a_day_before("2010-06-15", "2026-06-14", Some(15))]
    #[case::on_the_day("2010-06-15", "2026-06-15", Some(16))]
    #[case::leap("2008-02-29", "2024-02-28", Some(15))]
    #[case::leap_in_an_ordinary_year("2008-02-29", "2025-03-01", Some(17))]
    #[case::unborn("2030-01-01", "2026-01-01", None)]
    fn a_year_is_over_on_the_birthday(#[case] born: &str, #[case] today: &str, #[case] age: Option<u32>) {
        assert_eq!(BirthDate::parse(born).unwrap().age_on(day(today)), age);
    }

    #[test]
    fn each_country_has_its_own_least_age() {
        let rule = MinimumAge { default: 16, by_country: [("US".to_owned(), 13)].into() };
        let (born, today) = (BirthDate::parse("2012-01-01").ok(), day("2026-01-01"));
        assert!(rule.admits(born, CountryCode::parse("US").ok(), today));
        assert!(!rule.admits(born, CountryCode::parse("DE").ok(), today));
        assert!(!rule.admits(born, None, today));
        assert!(rule.admits(None, None, today));
        assert!(!rule.admits(BirthDate::parse("2100-01-01").ok(), None, today), "nobody is born in the future");
    }

    #[rstest]
    #[case("1899-12-31", "range")]
    #[case("yesterday", "date")]
    #[case("2000-02-30", "date")]
    fn what_is_no_day_of_birth_is_refused(#[case] text: &str, #[case] constraint: &str) {
        assert_eq!(BirthDate::parse(text).unwrap_err().constraint, constraint);
    }
}
