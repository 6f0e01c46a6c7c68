//! The claims of a token whose signature was right, read with suspicion.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::{Email, Timestamp, single_line};
use serde_json::{Map, Value};

/// No instant that a token may name lies further away than this many seconds.
const FARTHEST: f64 = 1e12;

/// The claims.
pub(crate) struct Claims(pub(crate) Map<String, Value>);

impl Claims {
    /// What a token says before anything about it is checked, to see whose matter it is.
    pub(crate) fn unproved(token: &str) -> Option<Self> {
        let json = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
        serde_json::from_slice(&json).ok().map(Self)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// Whether a claim is true. Apple writes truth as a text now and then.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        is_true(self.get(name))
    }

    /// A `NumericDate` (RFC 7519): seconds, possibly with a fraction. What is there and is none is refused.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, ForeignTokenError> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.as_i64().or_else(|| whole(value.as_f64()?));
        let instant = seconds.and_then(Timestamp::from_unix_seconds);
        instant.map(Some).ok_or(ForeignTokenError::Refused("a time in it is none"))
    }

    /// `aud`, which is one text or several. Nothing if it is anything else.
    pub(crate) fn audiences(&self) -> Vec<&str> {
        match self.get("aud") {
            Some(Value::String(one)) => vec![one],
            // One that is no text makes all of it unreadable rather than shorter.
            Some(Value::Array(several)) => several.iter().map(Value::as_str).collect::<Option<_>>().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// `sub`: the key of an identity, so it must be short and of one line.
    pub(crate) fn subject(&self) -> Result<&str, ForeignTokenError> {
        subject(self.text("sub")).ok_or(ForeignTokenError::Refused("its subject is missing"))
    }

    pub(crate) fn email(&self) -> Option<Email> {
        Email::parse(self.text("email")?).ok()
    }

    pub(crate) fn name(&self) -> Option<String> {
        name(self.text("name")?)
    }
}

/// OpenID Connect lets a subject have up to 255 characters.
pub(crate) fn subject(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty() && text.len() <= 255 && !text.chars().any(char::is_control))
}

/// A name as it may be kept; one that is empty, deceptive or beyond all measure is none.
pub(crate) fn name(text: &str) -> Option<String> {
    single_line(text, 200).ok()
}

pub(crate) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "bounded, and cutting the fraction off is what is wanted")]
fn whole(seconds: f64) -> Option<i64> {
    (seconds.abs() < FARTHEST).then_some(seconds as i64)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn claims(name: &str, value: Value) -> Claims {
        Claims([(name.to_owned(), value)].into_iter().collect())
    }

    #[rstest]
    #[case(json!(1_700_000_000), Some(1_700_000_000))]
    #[case(json!(1_700_000_000.75), Some(1_700_000_000))]
    #[case(json!(1e9), Some(1_000_000_000))]
    #[case(json!(null), None)]
    fn a_time_is_a_number_of_seconds(#[case] value: Value, #[case] seconds: Option<i64>) {
        let instant = claims("exp", value).instant("exp").unwrap();
        assert_eq!(instant.map(Timestamp::unix_seconds), seconds);
    }

    #[rstest]
    #[case(json!("1700000000"))]
    #[case(json!(true))]
    #[case(json!([1_700_000_000]))]
    #[case(json!(i64::MAX))]
    #[case(json!(u64::MAX))]
    #[case(json!(1e300))]
    fn a_time_that_is_none_is_refused(#[case] value: Value) {
        assert!(matches!(claims("exp", value).instant("exp"), Err(ForeignTokenError::Refused(_))));
    }

    #[rstest]
    #[case(json!("a"), &["a"])]
    #[case(json!(["a", "b"]), &["a", "b"])]
    #[case(json!(["a", 7]), &[])]
    #[case(json!({ "a": "a" }), &[])]
    #[case(json!([]), &[])]
    fn audiences_are_one_text_or_several(#[case] value: Value, #[case] expected: &[&str]) {
        assert_eq!(claims("aud", value).audiences(), expected);
    }

    #[rstest]
    #[case(json!(true), true)]
    #[case(json!("true"), true)]
    #[case(json!("false"), false)]
    #[case(json!(1), false)]
    #[case(json!(null), false)]
    fn truth_may_be_a_text(#[case] value: Value, #[case] expected: bool) {
        assert_eq!(claims("email_verified", value).is_true("email_verified"), expected);
    }

    #[rstest]
    #[case(json!("001234.ab.0987"), true)]
    #[case(json!("auth0|x y"), true)]
    #[case(json!("x".repeat(255)), true)]
    #[case(json!("x".repeat(256)), false)]
    #[case(json!(""), false)]
    #[case(json!("a\u{0}b"), false)]
    #[case(json!(7), false)]
    fn a_subject_is_short_and_of_one_line(#[case] value: Value, #[case] good: bool) {
        assert_eq!(claims("sub", value).subject().is_ok(), good);
    }
}
