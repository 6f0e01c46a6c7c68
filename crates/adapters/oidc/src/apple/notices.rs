//! Apple's server-to-server notifications about people who sign in with Apple.

use std::time::Duration;

use async_trait::async_trait;
use hos_domain::identity::{ForeignNotice, ForeignNoticeKind, ForeignNotices, ForeignTokenError};
use hos_domain::kernel::{Email, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::APPLE_BASE_URL;
use crate::claims::{Claims, is_true, subject};
use crate::config::IssuerConfig;
use crate::jwks::KeyCache;
use crate::signed;

/// Notices count for a day. Apple writes `exp` so, and its documents show none.
const LIFETIME: Duration = Duration::from_secs(24 * 3600);

/// Believes Apple's notices or not.
pub struct AppleNotices {
    config: IssuerConfig,
    keys: KeyCache,
}

#[derive(Deserialize)]
struct Body {
    payload: String,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    sub: String,
    email: Option<String>,
    is_private_email: Option<Value>,
    event_time: Option<i64>,
}

impl AppleNotices {
    /// Believes what one of Apple's `keys` has signed for one of `client_ids`.
    #[must_use]
    pub fn new(client_ids: &[String], keys: KeyCache) -> Self {
        Self { config: IssuerConfig::apple(client_ids, APPLE_BASE_URL), keys }
    }
}

#[async_trait]
impl ForeignNotices for AppleNotices {
    async fn verify(&self, body: &[u8], now: Timestamp) -> Result<ForeignNotice, ForeignTokenError> {
        let body: Body = serde_json::from_slice(body).map_err(|_| ForeignTokenError::Refused("it is no notice"))?;
        let config = &self.config;
        let claims = signed::open(&body.payload, &config.algorithms, config.types, &self.keys, now).await?;
        believe(config, &claims, now)
    }
}

fn believe(config: &IssuerConfig, claims: &Claims, now: Timestamp) -> Result<ForeignNotice, ForeignTokenError> {
    let issuer = config.judge_parties(claims)?;
    let issued_at = claims.instant("iat")?.ok_or(ForeignTokenError::Refused("it does not say when it was issued"))?;
    config.judge_time(claims, claims.instant("exp")?.or(Some(issued_at + LIFETIME)), now)?;
    let id = subject(claims.text("jti")).ok_or(ForeignTokenError::Refused("it has no id"))?;
    let event = event(claims).ok_or(ForeignTokenError::Refused("it tells of no event"))?;
    Ok(ForeignNotice {
        id: id.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject(Some(&event.sub)).ok_or(ForeignTokenError::Refused("its subject is missing"))?.to_owned(),
        email: event.email.and_then(|email| Email::parse(&email).ok()),
        email_is_private: is_true(event.is_private_email.as_ref()),
        at: event.event_time.and_then(instant).unwrap_or(issued_at),
        kind: kind(event.kind),
    })
}

/// The claim is a text that holds JSON. Documents show the object itself.
fn event(claims: &Claims) -> Option<Event> {
    match claims.get("events")? {
        Value::String(json) => serde_json::from_str(json).ok(),
        object => serde_json::from_value(object.clone()).ok(),
    }
}

fn kind(name: String) -> ForeignNoticeKind {
    match name.as_str() {
        "email-disabled" => ForeignNoticeKind::EmailDisabled,
        "email-enabled" => ForeignNoticeKind::EmailEnabled,
        "consent-revoked" => ForeignNoticeKind::ConsentRevoked,
        // Documents and notices disagree.
        "account-delete" | "account-deleted" => ForeignNoticeKind::AccountDeleted,
        _ => ForeignNoticeKind::Unknown(name),
    }
}

/// Milliseconds since 1970, as Apple writes them; the numbers in its documents are seconds. None of the two could be
/// the other: so few milliseconds were in 1973.
fn instant(number: i64) -> Option<Timestamp> {
    const FEWEST_MILLISECONDS: i64 = 100_000_000_000;
    let micros = number.checked_mul(if number < FEWEST_MILLISECONDS { 1_000_000 } else { 1_000 })?;
    Some(Timestamp::EPOCH.shifted_by_micros(micros))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn notice(claims: Value) -> Result<ForeignNotice, ForeignTokenError> {
        let config = IssuerConfig::apple(&["com.gym.app".to_owned()], APPLE_BASE_URL);
        let Value::Object(claims) = claims else { panic!("no object") };
        believe(&config, &Claims(claims), Timestamp::from_unix_seconds(NOW).unwrap())
    }

    fn claims(events: &Value) -> Value {
        json!({
            "iss": "https://appleid.apple.com", "aud": "com.gym.app", "iat": NOW - 5, "exp": NOW + 86_395,
            "jti": "abcd", "events": events,
        })
    }

    fn with(mut claims: Value, name: &str, value: Value) -> Value {
        claims[name] = value;
        claims
    }

    const EVENT: &str = r#"{"type":"email-disabled","sub":"001.a","email":"x@privaterelay.appleid.com","is_private_email":"true","event_time":1699999990123}"#;

    #[test]
    fn a_notice_is_read_from_a_text_and_from_an_object() {
        let from_text = notice(claims(&json!(EVENT))).unwrap();
        assert_eq!(
            from_text,
            ForeignNotice {
                id: "abcd".into(),
                issuer: "https://appleid.apple.com".into(),
                subject: "001.a".into(),
                kind: ForeignNoticeKind::EmailDisabled,
                email: Some(Email::parse("x@privaterelay.appleid.com").unwrap()),
                email_is_private: true,
                at: Timestamp::parse("2023-11-14T22:13:10.123Z").unwrap(),
            }
        );
        assert_eq!(notice(claims(&serde_json::from_str(EVENT).unwrap())).unwrap(), from_text);
    }

    #[rstest]
    #[case("email-enabled", ForeignNoticeKind::EmailEnabled)]
    #[case("consent-revoked", ForeignNoticeKind::ConsentRevoked)]
    #[case("account-delete", ForeignNoticeKind::AccountDeleted)]
    #[case("account-deleted", ForeignNoticeKind::AccountDeleted)]
    #[case("moved-to-mars", ForeignNoticeKind::Unknown("moved-to-mars".into()))]
    fn every_kind_has_its_word_and_new_ones_are_kept(#[case] word: &str, #[case] kind: ForeignNoticeKind) {
        let read = notice(claims(&json!({ "type": word, "sub": "001.a" }))).unwrap();
        assert_eq!((read.kind, read.at.unix_seconds()), (kind, NOW - 5));
    }

    #[test]
    fn an_event_time_in_seconds_is_understood() {
        let read = notice(claims(&json!({ "type": "account-delete", "sub": "001.a", "event_time": 1_508_184_845 })));
        assert_eq!(read.unwrap().at.unix_seconds(), 1_508_184_845);
    }

    #[test]
    fn without_an_end_a_notice_counts_for_a_day() {
        let endless = with(claims(&json!(EVENT)), "exp", json!(null));
        assert!(notice(with(endless.clone(), "iat", json!(NOW - 86_300))).is_ok());
        let old = notice(with(endless.clone(), "iat", json!(NOW - 86_500)));
        assert!(matches!(old, Err(ForeignTokenError::Expired)), "{old:?}");
        let timeless = notice(with(endless, "iat", json!(null)));
        assert!(matches!(timeless, Err(ForeignTokenError::Refused(_))), "{timeless:?}");
    }

    #[rstest]
    #[case("iss", json!("https://accounts.google.com"))]
    #[case("aud", json!("com.other.app"))]
    #[case("jti", json!(null))]
    #[case("events", json!(null))]
    #[case("events", json!("{"))]
    #[case("events", json!("[]"))]
    #[case("events", json!({ "type": "account-delete" }))]
    #[case("events", json!({ "type": "account-delete", "sub": "" }))]
    fn what_is_no_notice_for_us_is_refused(#[case] name: &str, #[case] value: Value) {
        let refused = notice(with(claims(&json!(EVENT)), name, value));
        assert!(matches!(refused, Err(ForeignTokenError::Refused(_))), "{refused:?}");
    }
}
