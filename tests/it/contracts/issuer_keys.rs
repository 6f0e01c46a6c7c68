//! [`ForeignTokens`] and the issuer's keys: remembered, renewed when that is due, and never fetched more often than needed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use hos_domain::identity::{ForeignIdentity, ForeignTokenError, ForeignTokens};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::HttpClient;
use hos_oidc::{IssuerConfig, IssuerVerifier};
use hos_tests::{ForeignKey, IdentityProvider, Mood, id_claims};
use rstest::rstest;
use serde_json::json;

struct Subject {
    provider: IdentityProvider,
    tokens: Arc<IssuerVerifier>,
}

async fn subject() -> Subject {
    let provider = IdentityProvider::start().await;
    let config = IssuerConfig::oidc("https://id.example", &["us".to_owned()], &provider.jwks_url());
    let keys = config.keys(HttpClient::new().unwrap());
    Subject { provider, tokens: Arc::new(IssuerVerifier::new(config, keys)) }
}

impl Subject {
    /// What is made of a token that `key` signs at that second.
    async fn verdict(&self, key: ForeignKey, second: u64) -> Result<ForeignIdentity, ForeignTokenError> {
        self.tokens.verify(&token(key, second), at(second)).await
    }

    /// The same of a token that names a key which nobody has.
    async fn verdict_of_invention(&self, id: &str, second: u64) -> Result<ForeignIdentity, ForeignTokenError> {
        let header = json!({ "alg": "RS256", "kid": id });
        let claims = id_claims("https://id.example", "us", "1", at(second));
        self.tokens.verify(&ForeignKey::RsaA.sign_as(&header, &claims), at(second)).await
    }
}

fn token(key: ForeignKey, second: u64) -> String {
    key.sign(&id_claims("https://id.example", "us", "1", at(second)))
}

fn at(second: u64) -> Timestamp {
    Timestamp::parse("2030-01-01T00:00:00Z").unwrap() + Duration::from_secs(second)
}

const HOUR: u64 = 3600;

#[tokio::test]
async fn a_new_key_is_picked_up_at_once_and_one_that_is_withdrawn_with_it() {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 0).await.is_ok());
    subject.provider.publish(&[ForeignKey::RsaB]);
    assert!(subject.verdict(ForeignKey::RsaB, 10).await.is_ok());
    let withdrawn = subject.verdict(ForeignKey::RsaA, 10).await;
    assert!(matches!(withdrawn, Err(ForeignTokenError::Refused(_))), "{withdrawn:?}");
    assert_eq!(subject.provider.fetches(), 2);
}

#[tokio::test]
async fn invented_key_ids_make_us_ask_once_in_ten_seconds_and_harm_nobody_else() {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 0).await.is_ok());
    for second in 0..35 {
        for number in 0..3 {
            let refused = subject.verdict_of_invention(&format!("{second}-{number}"), second).await;
            assert!(matches!(refused, Err(ForeignTokenError::Refused(_))), "{refused:?}");
        }
        assert_eq!(subject.provider.fetches(), 1 + usize::try_from(second).unwrap() / 10, "second {second}");
    }
    assert!(subject.verdict(ForeignKey::RsaA, 36).await.is_ok());
}

#[rstest]
#[case::as_long_as_the_issuer_says(Some("max-age=7200"), 2 * HOUR)]
#[case::at_least_a_minute(Some("max-age=1"), 60)]
#[case::at_most_a_day(Some("max-age=31536000"), 24 * HOUR)]
#[case::ten_minutes_if_it_does_not_say(None, 600)]
#[tokio::test]
async fn keys_are_fetched_anew_when_their_time_is_over(#[case] cache_control: Option<&str>, #[case] seconds: u64) {
    let subject = subject().await;
    subject.provider.cache_control(cache_control);
    for second in [0, seconds - 1] {
        assert!(subject.verdict(ForeignKey::RsaA, second).await.is_ok());
    }
    assert_eq!(subject.provider.fetches(), 1);
    subject.provider.publish(&[ForeignKey::RsaB]);
    // Whoever comes first is still served with the old keys, and nobody waits; then the new ones count.
    assert!(subject.verdict(ForeignKey::RsaA, seconds).await.is_ok());
    assert!(subject.verdict(ForeignKey::RsaB, seconds).await.is_ok());
    assert!(subject.verdict(ForeignKey::RsaA, seconds).await.is_err());
    assert_eq!(subject.provider.fetches(), 2);
}

#[tokio::test]
async fn nobody_waits_for_keys_that_are_at_hand() {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 0).await.is_ok());
    subject.provider.be(Mood::Slow(Duration::from_secs(3600)));
    let verdict = subject.verdict(ForeignKey::RsaA, HOUR).now_or_never();
    assert!(verdict.expect("it does not wait").is_ok());
}

#[rstest]
#[case::away(Mood::Away)]
#[case::broken(Mood::Status(500))]
#[case::moved(Mood::Status(302))]
#[case::gone(Mood::Status(404))]
#[case::a_page(Mood::Saying("<html>maintenance</html>".into()))]
#[case::something_else(Mood::Saying("{}".into()))]
#[case::endless(Mood::Saying(format!(r#"{{"keys":[],"x":"{}"}}"#, "x".repeat(300 * 1024))))]
#[tokio::test]
async fn keys_survive_a_day_without_their_issuer_and_no_longer(#[case] mood: Mood) {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 0).await.is_ok());
    subject.provider.be(mood);
    for second in [HOUR, 25 * HOUR - 1] {
        assert!(subject.verdict(ForeignKey::RsaA, second).await.is_ok(), "second {second}");
    }
    let unknown = subject.verdict_of_invention("new", 24 * HOUR).await;
    assert!(matches!(unknown, Err(ForeignTokenError::Keys(_))), "nobody can say whether it exists: {unknown:?}");
    let too_old = subject.verdict(ForeignKey::RsaA, 25 * HOUR).await;
    assert!(matches!(too_old, Err(ForeignTokenError::Keys(_))), "{too_old:?}");
    subject.provider.be(Mood::Well);
    assert!(subject.verdict(ForeignKey::RsaA, 26 * HOUR).await.is_ok());
}

#[tokio::test]
async fn without_any_keys_it_is_told_why_and_the_issuer_is_not_besieged() {
    let subject = subject().await;
    subject.provider.be(Mood::Status(503));
    for second in 0..20 {
        let verdict = subject.verdict(ForeignKey::RsaA, second).await;
        assert!(matches!(verdict, Err(ForeignTokenError::Keys(GatewayError::Unavailable))), "{verdict:?}");
    }
    assert_eq!(subject.provider.fetches(), 2);
    subject.provider.be(Mood::Well);
    assert!(subject.verdict(ForeignKey::RsaA, 20).await.is_ok());
}

#[tokio::test]
async fn an_issuer_that_takes_too_long_is_not_waited_for() {
    let subject = subject().await;
    subject.provider.be(Mood::Slow(Duration::from_secs(3600)));
    let verdict = subject.verdict(ForeignKey::RsaA, 0).await;
    assert!(matches!(verdict, Err(ForeignTokenError::Keys(GatewayError::Timeout))), "{verdict:?}");
}

#[tokio::test]
async fn fifty_who_wait_are_served_by_one_fetch() {
    let subject = subject().await;
    subject.provider.be(Mood::Slow(Duration::from_millis(100)));
    let token = Arc::new(token(ForeignKey::RsaA, 0));
    let waiting = (0..50).map(|_| {
        let (tokens, token) = (subject.tokens.clone(), token.clone());
        tokio::spawn(async move { tokens.verify(&token, at(0)).await })
    });
    for verdict in join_all(waiting).await {
        assert!(verdict.unwrap().is_ok());
    }
    assert_eq!(subject.provider.fetches(), 1);
}

#[tokio::test]
async fn those_who_come_while_a_fetch_is_under_way_wait_for_it_whatever_their_clocks_say() {
    let subject = subject().await;
    subject.provider.be(Mood::Slow(Duration::from_millis(100)));
    let verdicts = join_all([0, 20, 40].map(|second| subject.verdict(ForeignKey::RsaA, second))).await;
    assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
    assert_eq!(subject.provider.fetches(), 1);
}

/// Else whoever asks with an invented key id and hangs up could keep a new key unknown for ever.
#[tokio::test]
async fn a_client_that_goes_away_does_not_take_the_fetch_with_it() {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 0).await.is_ok());
    subject.provider.publish(&[ForeignKey::RsaB]);
    assert!(subject.verdict_of_invention("x", 10).now_or_never().is_none(), "it waits, and is given up");
    assert!(subject.verdict(ForeignKey::RsaB, 11).await.is_ok());
    assert_eq!(subject.provider.fetches(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_back_does_not_keep_keys_fresh_until_it_has_caught_up() {
    let subject = subject().await;
    assert!(subject.verdict(ForeignKey::RsaA, 100 * HOUR).await.is_ok());
    subject.provider.publish(&[ForeignKey::RsaB]);
    let withdrawn = async {
        while subject.verdict(ForeignKey::RsaA, 0).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), withdrawn).await.expect("the keys are fetched anew");
}
