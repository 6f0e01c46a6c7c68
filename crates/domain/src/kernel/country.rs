//! ISO 3166-1 alpha-2 country codes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Invalid;

/// Every assigned ISO 3166-1 alpha-2 code, sorted, without separators (ISO 3166 Maintenance Agency, 2024).
const ASSIGNED: &str = "ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// An assigned country code in upper case, e.g. `DE`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CountryCode([u8; 2]);

impl CountryCode {
    /// India, which has rails of its own.
    pub const INDIA: Self = Self(*b"IN");

    /// Accepts either case; only codes that ISO has assigned pass.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `country`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let upper = text.to_ascii_uppercase();
        match <[u8; 2]>::try_from(upper.as_bytes()) {
            Ok(code) if ASSIGNED.as_bytes().chunks_exact(2).any(|known| known == code) => Ok(Self(code)),
            _ => Err(Invalid::new("country", "This is not an ISO 3166-1 country code such as DE or IN.")),
        }
    }

    /// Two upper-case letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Every assigned country, in alphabetical order.
    pub fn all() -> impl Iterator<Item = Self> {
        ASSIGNED.as_bytes().chunks_exact(2).filter_map(|code| code.try_into().ok().map(Self))
    }
}

impl TryFrom<String> for CountryCode {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl From<CountryCode> for String {
    fn from(code: CountryCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_249_assigned_codes_are_known_and_sorted() {
        let all: Vec<_> = CountryCode::all().collect();
        assert_eq!(all.len(), 249);
        assert!(all.is_sorted());
    }

    #[test]
    fn either_case_is_accepted_and_unassigned_codes_are_not() {
        assert_eq!(CountryCode::parse("in").unwrap().as_str(), "IN");
        for wrong in ["XX", "IND", "", "D€", "ZZ"] {
            assert_eq!(CountryCode::parse(wrong).unwrap_err().constraint, "country");
        }
    }
}
