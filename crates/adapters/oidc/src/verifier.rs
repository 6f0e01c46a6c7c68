//! Tokens of one issuer.

use async_trait::async_trait;
use hos_domain::identity::{ForeignIdentity, ForeignTokenError, ForeignTokens};
use hos_domain::kernel::Timestamp;
use serde_json::Value;

use crate::claims::Claims;
use crate::config::{IssuerConfig, Rules};
use crate::jwks::KeyCache;
use crate::proof::proved_at;
use crate::signed;

/// Checks tokens of one issuer.
pub struct IssuerVerifier {
    config: IssuerConfig,
    keys: KeyCache,
}

impl IssuerVerifier {
    /// Believes what `config` allows and one of `keys` has signed.
    #[must_use]
    pub fn new(config: IssuerConfig, keys: KeyCache) -> Self {
        Self { config, keys }
    }
}

#[async_trait]
impl ForeignTokens for IssuerVerifier {
    fn names_issuer(&self, token: &str) -> bool {
        Claims::unproved(token).is_some_and(|claims| self.config.names_issuer(&claims))
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<ForeignIdentity, ForeignTokenError> {
        let config = &self.config;
        let claims = signed::open(token, &config.algorithms, config.types, &self.keys, now).await?;
        believe(config, &claims, now)
    }
}

/// What the claims say, if they may say it.
fn believe(config: &IssuerConfig, claims: &Claims, now: Timestamp) -> Result<ForeignIdentity, ForeignTokenError> {
    let issuer = config.judge_parties(claims)?;
    config.judge_time(claims, claims.instant("exp")?, now)?;
    match &config.rules {
        Rules::Google | Rules::Apple | Rules::IdToken => judge_id_token(claims)?,
        Rules::AccessToken { authorized_parties } => judge_access_token(claims, authorized_parties)?,
    }
    let (email, email_verified) = (claims.email(), claims.is_true("email_verified"));
    Ok(ForeignIdentity {
        issuer: issuer.to_owned(),
        subject: claims.subject()?.to_owned(),
        email_is_authoritative: email_verified
            && email.as_ref().is_some_and(|email| config.rules.is_authoritative(email, claims)),
        email_verified: email_verified && email.is_some(),
        email_is_private: matches!(config.rules, Rules::Apple) && claims.is_true("is_private_email"),
        email,
        nonce: claims.text("nonce").map(str::to_owned),
        name: claims.name(),
        proved_at: proved_at(claims, now + config.skew)?,
    })
}

fn judge_id_token(claims: &Claims) -> Result<(), ForeignTokenError> {
    // Notices and logout tokens are signed with the same keys for the same audience, and are no logins.
    if claims.get("events").is_some() {
        return Err(ForeignTokenError::Refused("it tells of an event and is no ID token"));
    }
    if claims.get("iat").is_none() {
        return Err(ForeignTokenError::Refused("it does not say when it was issued"));
    }
    Ok(())
}

fn judge_access_token(claims: &Claims, authorized_parties: &[String]) -> Result<(), ForeignTokenError> {
    let is_one_of_ours = |party: &Value| authorized_parties.iter().any(|ours| party == ours);
    if !authorized_parties.is_empty() && !claims.get("azp").is_none_or(is_one_of_ours) {
        return Err(ForeignTokenError::Refused("another party asked for it"));
    }
    if !claims.get("role").is_none_or(|role| role == "authenticated") {
        return Err(ForeignTokenError::Refused("its role is not that of a user"));
    }
    if claims.get("sts").is_some_and(|status| status == "pending") {
        return Err(ForeignTokenError::Refused("its session is still pending"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_700_000_000;

    fn us() -> Vec<String> {
        vec!["us".to_owned(), "our app".to_owned()]
    }

    fn google() -> IssuerConfig {
        IssuerConfig::google(&us(), "")
    }

    fn apple() -> IssuerConfig {
        IssuerConfig::apple(&us(), "")
    }

    fn oidc() -> IssuerConfig {
        IssuerConfig::oidc("https://id.example", &us(), "")
    }

    fn external(audience: Option<&str>) -> IssuerConfig {
        IssuerConfig::external("https://id.example", "", audience, &["https://gym.example".to_owned()])
    }

    /// What `config` makes of sensible claims with some of them changed; null takes one away.
    fn verdict(config: &IssuerConfig, changes: Value) -> Result<ForeignIdentity, ForeignTokenError> {
        let claims = json!({
            "iss": config.issuers[0], "aud": "us", "sub": "1", "iat": NOW - 10, "exp": NOW + 600,
            "email": "ada@example.com", "email_verified": true,
        });
        let (Value::Object(mut claims), Value::Object(changes)) = (claims, changes) else { panic!("no object") };
        claims.extend(changes);
        believe(config, &Claims(claims), Timestamp::from_unix_seconds(NOW).unwrap())
    }

    #[rstest]
    #[case::issuer(json!({ "iss": "https://evil.example" }))]
    #[case::issuer_with_a_slash(json!({ "iss": "https://id.example/" }))]
    #[case::no_issuer(json!({ "iss": null }))]
    #[case::issuers(json!({ "iss": ["https://id.example"] }))]
    #[case::audience(json!({ "aud": "others" }))]
    #[case::audience_among_others(json!({ "aud": ["us", "others"] }))]
    #[case::no_audience(json!({ "aud": null }))]
    #[case::empty_audience(json!({ "aud": [] }))]
    #[case::no_subject(json!({ "sub": null }))]
    #[case::subject_that_is_a_number(json!({ "sub": 1 }))]
    #[case::no_end(json!({ "exp": null }))]
    #[case::end_that_is_a_text(json!({ "exp": "1800000000" }))]
    #[case::no_beginning(json!({ "iat": null }))]
    #[case::beginning_that_is_a_text(json!({ "nbf": "now" }))]
    #[case::a_logout(json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": {} } }))]
    fn a_wrong_claim_is_refused(#[case] changes: Value) {
        let refused = verdict(&oidc(), changes);
        assert!(matches!(refused, Err(ForeignTokenError::Refused(_))), "{refused:?}");
    }

    #[rstest]
    #[case::ends_within_the_skew(json!({ "exp": NOW - 59 }), true)]
    #[case::ended(json!({ "exp": NOW - 60 }), false)]
    #[case::begins_within_the_skew(json!({ "nbf": NOW + 60 }), true)]
    #[case::begins_later(json!({ "nbf": NOW + 61 }), false)]
    #[case::issued_within_the_skew(json!({ "iat": NOW + 60 }), true)]
    #[case::issued_later(json!({ "iat": NOW + 61 }), false)]
    fn time_is_judged_with_a_minutes_skew(#[case] changes: Value, #[case] counts: bool) {
        match verdict(&oidc(), changes) {
            Ok(_) => assert!(counts),
            Err(error) => assert!(!counts && matches!(error, ForeignTokenError::Expired), "{error:?}"),
        }
    }

    #[test]
    fn no_audience_of_ours_means_nobody_rather_than_everybody() {
        let nobody = IssuerConfig::oidc("https://id.example", &[], "");
        for aud in [json!("us"), json!([]), json!("")] {
            assert!(verdict(&nobody, json!({ "aud": aud })).is_err());
        }
        assert!(verdict(&oidc(), json!({ "aud": ["our app", "us"] })).is_ok());
    }

    #[rstest]
    #[case(json!({ "email": "Ada@Gmail.com" }), true)]
    #[case(json!({ "email": "ada@gym.example", "hd": "gym.example" }), true)]
    #[case(json!({ "email": "ada@Gym.example", "hd": "GYM.example" }), true)]
    #[case(json!({ "email": "ada@gym.example", "hd": "other.example" }), false)]
    #[case(json!({ "email": "ada@gym.example" }), false)]
    #[case(json!({ "email": "ada@evilgmail.com" }), false)]
    #[case(json!({ "email": "ada@mail.gmail.com" }), false)]
    #[case(json!({ "email": "ada@gmail.com", "email_verified": false }), false)]
    #[case(json!({ "email": "ada@gmail.com", "email_verified": null }), false)]
    #[case(json!({ "email": null, "hd": "" }), false)]
    fn google_is_the_authority_for_gmail_and_workspaces(#[case] changes: Value, #[case] authoritative: bool) {
        assert_eq!(verdict(&google(), changes).unwrap().email_is_authoritative, authoritative);
    }

    #[test]
    fn googles_two_spellings_are_one_issuer() {
        let read = verdict(&google(), json!({ "iss": "accounts.google.com" })).unwrap();
        assert_eq!(read.issuer, "https://accounts.google.com");
    }

    #[rstest]
    #[case(json!({ "email_verified": "true", "is_private_email": "true" }), (true, true, true))]
    #[case(json!({ "email_verified": true, "is_private_email": true }), (true, true, true))]
    #[case(json!({ "email_verified": "false", "is_private_email": "false" }), (false, false, false))]
    #[case(json!({ "email": null, "is_private_email": false }), (false, false, false))]
    fn apple_writes_truth_in_two_ways(#[case] changes: Value, #[case] expected: (bool, bool, bool)) {
        let read = verdict(&apple(), changes).unwrap();
        assert_eq!((read.email_verified, read.email_is_authoritative, read.email_is_private), expected);
    }

    #[test]
    fn other_providers_are_no_authority_for_any_address() {
        let workspace = json!({ "email": "ada@gmail.com", "hd": "gmail.com", "is_private_email": true });
        for config in [oidc(), external(None)] {
            let read = verdict(&config, workspace.clone()).unwrap();
            assert!(read.email_verified && !read.email_is_authoritative && !read.email_is_private);
        }
    }

    #[rstest]
    #[case::clerk_our_origin(json!({ "azp": "https://gym.example", "sts": "active" }), true)]
    #[case::clerk_another_origin(json!({ "azp": "https://evil.example" }), false)]
    #[case::clerk_an_origin_that_is_none(json!({ "azp": 7 }), false)]
    #[case::clerk_pending(json!({ "sts": "pending" }), false)]
    #[case::supabase_user(json!({ "role": "authenticated" }), true)]
    #[case::supabase_anonymous_key(json!({ "role": "anon" }), false)]
    #[case::supabase_service_key(json!({ "role": "service_role" }), false)]
    #[case::a_list_of_roles(json!({ "role": ["authenticated"] }), false)]
    #[case::without_iat(json!({ "iat": null }), true)]
    #[case::over(json!({ "exp": NOW - 5 }), false)]
    fn access_tokens_have_rules_of_their_own(#[case] changes: Value, #[case] good: bool) {
        let outcome = verdict(&external(None), changes);
        assert_eq!(outcome.is_ok(), good, "{outcome:?}");
    }

    #[rstest]
    #[case(Some("us"), json!({ "aud": ["us", "https://tenant.example/userinfo"] }), true)]
    #[case(Some("us"), json!({ "aud": "others" }), false)]
    #[case(Some("us"), json!({ "aud": null }), false)]
    #[case(None, json!({ "aud": null }), true)]
    #[case(None, json!({ "aud": "authenticated" }), true)]
    fn an_access_token_is_for_our_audience_if_we_have_one(
        #[case] audience: Option<&str>,
        #[case] changes: Value,
        #[case] good: bool,
    ) {
        assert_eq!(verdict(&external(audience), changes).is_ok(), good);
    }
}
