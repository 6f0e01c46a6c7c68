//! Money as whole minor units with a currency that knows its exponent. Never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// ISO 4217 currencies in use with two decimals.
const TWO_DECIMALS: &str = "AEDAFNALLAMDAOAARSAUDAWGAZNBAMBBDBDTBGNBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCNYCOPCRCCUPCVECZKDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGTQGYDHKDHNLHTGHUFIDRILSINRIRRJMDKESKGSKHRKPWKYDKZTLAKLBPLKRLRDLSLMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDPABPENPGKPHPPKRPLNQARRONRSDRUBSARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHBTJSTMTTOPTRYTTDTWDTZSUAHUSDUYUUZSVEDVESWSTXCDYERZARZMWZWG";
/// Currencies without a minor unit.
const NO_DECIMALS: &str = "BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXVNDVUVXAFXOFXPF";
/// Currencies divided in thousandths.
const THREE_DECIMALS: &str = "BHDIQDJODKWDLYDOMRTND";

/// An ISO 4217 currency, e.g. `USD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

impl Currency {
    /// Accepts either case; only currencies in use pass.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `currency`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::new("currency", "This is not an ISO 4217 currency such as USD.");
        let code: [u8; 3] = text.to_ascii_uppercase().as_bytes().try_into().map_err(|_| unknown())?;
        [(TWO_DECIMALS, 2), (NO_DECIMALS, 0), (THREE_DECIMALS, 3)]
            .into_iter()
            .find(|(codes, _)| codes.as_bytes().chunks_exact(3).any(|known| known == code))
            .map(|(_, exponent)| Self { code, exponent })
            .ok_or_else(unknown)
    }

    /// Three upper-case letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many decimals the minor unit has: USD 2, JPY 0, KWD 3.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl TryFrom<String> for Currency {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An amount in the currency's minor unit (cents, paise, whole yen). May be negative: a credit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Money {
    /// Whole minor units.
    pub amount_minor: i64,
    /// What they are units of.
    pub currency: Currency,
}

/// Why two amounts can't be combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts are in two currencies; there is no exchange rate in the domain.
    #[error("amounts in {0} and {1} can't be combined")]
    Currencies(Currency, Currency),
    /// The sum does not fit.
    #[error("the amount is too large")]
    Overflow,
}

impl Money {
    /// `amount_minor` minor units of `currency`.
    #[must_use]
    pub const fn new(amount_minor: i64, currency: Currency) -> Self {
        Self { amount_minor, currency }
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError`] when the currencies differ or the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Currencies(self.currency, other.currency));
        }
        let amount_minor = self.amount_minor.checked_add(other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { amount_minor, ..self })
    }
}

impl fmt::Display for Money {
    /// `9.99 USD`, `500 JPY`: exact, for logs and plain-text mails; localised formats are the edge's business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(u32::from(self.currency.exponent));
        let amount = self.amount_minor.unsigned_abs();
        let sign = if self.amount_minor < 0 { "-" } else { "" };
        match usize::from(self.currency.exponent) {
            0 => write!(f, "{sign}{amount} {}", self.currency),
            width => write!(f, "{sign}{}.{:0width$} {}", amount / unit, amount % unit, self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[rstest]
    #[case("USD", 999, "9.99 USD")]
    #[case("JPY", 500, "500 JPY")]
    #[case("KWD", 1_005, "1.005 KWD")]
    #[case("EUR", -5, "-0.05 EUR")]
    fn an_amount_is_written_with_its_currencys_decimals(#[case] code: &str, #[case] minor: i64, #[case] text: &str) {
        assert_eq!(Money::new(minor, currency(code)).to_string(), text);
    }

    #[test]
    fn two_currencies_do_not_add_up() {
        let sum = Money::new(1, currency("USD")).plus(Money::new(1, currency("EUR")));
        assert_eq!(sum, Err(MoneyError::Currencies(currency("USD"), currency("EUR"))));
    }

    #[test]
    fn no_currency_is_listed_twice() {
        let mut codes: Vec<_> =
            [TWO_DECIMALS, NO_DECIMALS, THREE_DECIMALS].concat().into_bytes().chunks(3).map(<[u8]>::to_vec).collect();
        let listed = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), listed);
    }

    proptest! {
        #[test]
        fn addition_is_commutative_and_never_wraps(a: i64, b: i64) {
            let (a, b) = (Money::new(a, currency("USD")), Money::new(b, currency("USD")));
            prop_assert_eq!(a.plus(b), b.plus(a));
            if let Ok(sum) = a.plus(b) {
                prop_assert_eq!(i128::from(sum.amount_minor), i128::from(a.amount_minor) + i128::from(b.amount_minor));
            }
        }
    }
}
