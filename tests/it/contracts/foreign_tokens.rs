//! [`ForeignTokens`]: whoever the issuer is, only what it has signed, for us, with a key it publishes, and for now, is
//! believed.

use std::time::Duration;

use hos_domain::identity::{ForeignIdentity, ForeignTokenError, ForeignTokens};
use hos_domain::kernel::{Email, Timestamp};
use hos_http::HttpClient;
use hos_oidc::{IssuerConfig, IssuerVerifier, SignatureAlgorithm};
use hos_tests::{ForeignKey, IdentityProvider, id_claims, sign_with_secret, unsigned};
use rstest::rstest;
use rstest_reuse::{apply, template};
use serde_json::{Value, json};

#[derive(Debug, Clone, Copy)]
enum Preset {
    Google,
    Apple,
    Oidc,
    External,
}

#[template]
#[rstest]
#[case::google(Preset::Google)]
#[case::apple(Preset::Apple)]
#[case::oidc(Preset::Oidc)]
#[case::external(Preset::External)]
#[tokio::test]
async fn every_preset(#[case] preset: Preset) {}

struct Subject {
    provider: IdentityProvider,
    tokens: IssuerVerifier,
    issuer: &'static str,
}

impl Preset {
    async fn start(self) -> Subject {
        let provider = IdentityProvider::start().await;
        let (us, jwks_url) = (["us".to_owned()], provider.jwks_url());
        let config = match self {
            Self::Google => IssuerConfig::google(&us, &provider.url),
            Self::Apple => IssuerConfig::apple(&us, &provider.url),
            Self::Oidc => IssuerConfig::oidc("https://id.example", &us, &jwks_url),
            Self::External => IssuerConfig::external("https://id.example", &jwks_url, Some("us"), &[]),
        };
        let keys = config.keys(HttpClient::new().unwrap());
        let issuer = match self {
            Self::Google => "https://accounts.google.com",
            Self::Apple => "https://appleid.apple.com",
            Self::Oidc | Self::External => "https://id.example",
        };
        Subject { provider, tokens: IssuerVerifier::new(config, keys), issuer }
    }
}

impl Subject {
    fn claims(&self) -> Value {
        id_claims(self.issuer, "us", "1", now())
    }

    async fn verdict(&self, token: &str) -> Result<ForeignIdentity, ForeignTokenError> {
        self.tokens.verify(token, now()).await
    }

    #[track_caller]
    fn refused(&self, verdict: &Result<ForeignIdentity, ForeignTokenError>, what: &str) {
        assert!(matches!(verdict, Err(ForeignTokenError::Refused(_))), "{what}: {verdict:?}");
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2030-01-01T00:00:00Z").unwrap()
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

#[apply(every_preset)]
async fn whose_matter_a_token_is_it_says_itself_and_nobody_is_asked(#[case] preset: Preset) {
    let subject = preset.start().await;
    let by = |issuer: &Value| ForeignKey::RsaB.sign(&with(subject.claims(), "iss", issuer.clone()));
    assert!(subject.tokens.names_issuer(&by(&json!(subject.issuer))));
    for other in [json!("https://evil.example"), json!([subject.issuer]), json!(null)] {
        assert!(!subject.tokens.names_issuer(&by(&other)), "{other}");
    }
    for none in ["", "a.b.c", "..", "hos_key", "a.e30.c", "a.W10.c"] {
        assert!(!subject.tokens.names_issuer(none), "{none}");
    }
    assert_eq!(subject.provider.fetches(), 0);
}

#[apply(every_preset)]
async fn what_the_issuer_has_signed_for_us_is_believed(#[case] preset: Preset) {
    let subject = preset.start().await;
    let mut claims = subject.claims();
    let more = json!({ "email": "Ada@Example.com", "email_verified": true, "name": "Ada", "nonce": "n" });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let identity = subject.verdict(&ForeignKey::RsaA.sign(&claims)).await.unwrap();
    let expected = ForeignIdentity {
        issuer: subject.issuer.into(),
        subject: "1".into(),
        email: Some(Email::parse("ada@example.com").unwrap()),
        email_verified: true,
        email_is_authoritative: matches!(preset, Preset::Apple),
        email_is_private: false,
        nonce: Some("n".into()),
        name: Some("Ada".into()),
        proved_at: None,
    };
    assert_eq!(identity, expected);
    assert_eq!(subject.provider.fetches(), 1);
}

#[apply(every_preset)]
async fn each_wrong_claim_is_refused(#[case] preset: Preset) {
    let subject = preset.start().await;
    let wrong = [
        ("iss", json!("https://evil.example")),
        ("iss", json!(null)),
        ("aud", json!("others")),
        ("aud", json!(null)),
        ("sub", json!("")),
        ("sub", json!(null)),
        ("exp", json!(null)),
        ("exp", json!("never")),
    ];
    for (name, value) in wrong {
        let token = ForeignKey::RsaA.sign(&with(subject.claims(), name, value.clone()));
        subject.refused(&subject.verdict(&token).await, &format!("{name}: {value}"));
    }
}

#[apply(every_preset)]
async fn a_token_counts_from_its_beginning_to_its_end_and_not_by_the_systems_clock(#[case] preset: Preset) {
    let subject = preset.start().await;
    let token = ForeignKey::RsaA.sign(&subject.claims());
    let (hour, minutes) = (Duration::from_secs(3600), Duration::from_secs(120));
    assert!(subject.tokens.verify(&token, now() + hour - minutes).await.is_ok());
    for at in [now() + hour + minutes, now() - minutes] {
        let over = subject.tokens.verify(&token, at).await;
        assert!(matches!(over, Err(ForeignTokenError::Expired)), "{over:?}");
    }
}

#[apply(every_preset)]
async fn a_token_that_says_itself_how_to_be_believed_is_not(#[case] preset: Preset) {
    let subject = preset.start().await;
    let (claims, header) = (subject.claims(), ForeignKey::RsaA.header());
    let jwk = ForeignKey::RsaA.jwk();
    let (modulus, published) = (jwk["n"].as_str().unwrap().as_bytes(), jwk.to_string());
    for name in ["none", "None", "NONE", ""] {
        let header = with(header.clone(), "alg", json!(name));
        subject.refused(&subject.verdict(&format!("{}.", unsigned(&header, &claims))).await, "unsigned");
        subject.refused(&subject.verdict(&ForeignKey::RsaA.sign_as(&header, &claims)).await, "as if unsigned");
    }
    for secret in [b"", modulus, published.as_bytes(), ForeignKey::RsaA.pem().as_bytes()] {
        let header = with(header.clone(), "alg", json!("HS256"));
        subject.refused(&subject.verdict(&sign_with_secret(&header, &claims, secret)).await, "the key as a secret");
    }
    let brought_along = [
        with(with(ForeignKey::RsaB.header(), "jwk", ForeignKey::RsaB.jwk()), "kid", json!("RsaA")),
        with(ForeignKey::RsaB.header(), "jku", json!(subject.provider.jwks_url())),
    ];
    for header in brought_along {
        subject.refused(&subject.verdict(&ForeignKey::RsaB.sign_as(&header, &claims)).await, "with its own key");
    }
    let critical = with(with(header, "crit", json!(["b64"])), "b64", json!(false));
    subject.refused(&subject.verdict(&ForeignKey::RsaA.sign_as(&critical, &claims)).await, "with an extension");
}

#[apply(every_preset)]
async fn another_key_or_algorithm_than_the_named_one_is_refused(#[case] preset: Preset) {
    let subject = preset.start().await;
    let claims = subject.claims();
    let under_anothers_id = ForeignKey::RsaB.sign_as(&ForeignKey::RsaA.header(), &claims);
    subject.refused(&subject.verdict(&under_anothers_id).await, "another's id");
    for name in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let header = with(ForeignKey::RsaA.header(), "alg", json!(name));
        subject.refused(&subject.verdict(&ForeignKey::RsaA.sign_as(&header, &claims)).await, name);
    }
    let of_another_kind = with(ForeignKey::P256A.header(), "kid", json!("RsaA"));
    subject.refused(&subject.verdict(&ForeignKey::P256A.sign_as(&of_another_kind, &claims)).await, "another kind");
    let (one, other) = (ForeignKey::RsaA.sign(&claims), ForeignKey::RsaA.sign(&with(claims, "sub", json!("2"))));
    let [head, _, tail] = one.split('.').collect::<Vec<_>>()[..] else { panic!("{one}") };
    let exchanged = format!("{head}.{}.{tail}", other.split('.').nth(1).unwrap());
    subject.refused(&subject.verdict(&exchanged).await, "another's claims");
}

#[apply(every_preset)]
async fn a_published_key_that_is_too_short_or_for_something_else_signs_nothing(#[case] preset: Preset) {
    let subject = preset.start().await;
    subject.provider.publish(&[ForeignKey::RsaShort]);
    subject.refused(&subject.verdict(&ForeignKey::RsaShort.sign(&subject.claims())).await, "1024 bits");

    let subject = preset.start().await;
    subject.provider.publish_raw(vec![with(ForeignKey::RsaA.jwk(), "use", json!("enc"))]);
    subject.refused(&subject.verdict(&ForeignKey::RsaA.sign(&subject.claims())).await, "for encryption");
}

#[rstest]
#[case(Preset::Google, false)]
#[case(Preset::Apple, false)]
#[case(Preset::Oidc, true)]
#[case(Preset::External, true)]
#[tokio::test]
async fn google_and_apple_sign_with_rsa_and_others_with_what_they_like(#[case] preset: Preset, #[case] good: bool) {
    let subject = preset.start().await;
    subject.provider.publish(&[ForeignKey::P256A, ForeignKey::Ed25519]);
    for key in [ForeignKey::P256A, ForeignKey::Ed25519] {
        let verdict = subject.verdict(&key.sign(&subject.claims())).await;
        assert_eq!(verdict.is_ok(), good, "{verdict:?}");
    }
}

#[tokio::test]
async fn the_operator_may_allow_fewer_algorithms_and_a_narrower_clock() {
    let provider = IdentityProvider::start().await;
    let config = IssuerConfig::external("https://id.example", &provider.jwks_url(), None, &[]);
    let config = config.with_algorithms(&[SignatureAlgorithm::Es256]).with_clock_skew(Duration::ZERO);
    let tokens = IssuerVerifier::new(config.clone(), config.keys(HttpClient::new().unwrap()));
    let claims = id_claims("https://id.example", "anybody", "1", now());
    assert!(tokens.verify(&ForeignKey::P256A.sign(&claims), now()).await.is_ok());
    assert!(tokens.verify(&ForeignKey::RsaA.sign(&claims), now()).await.is_err());
    let a_second_early = tokens.verify(&ForeignKey::P256A.sign(&claims), now() - Duration::from_secs(1)).await;
    assert!(matches!(a_second_early, Err(ForeignTokenError::Expired)), "{a_second_early:?}");
}

/// Both are signed with the same keys for the same audience.
#[rstest]
#[case(Preset::Oidc, "at+jwt", false)]
#[case(Preset::Oidc, "logout+jwt", false)]
#[case(Preset::Oidc, "JWT", true)]
#[case(Preset::External, "at+jwt", true)]
#[case(Preset::External, "application/at+jwt", true)]
#[case(Preset::External, "logout+jwt", false)]
#[tokio::test]
async fn a_token_of_one_kind_is_not_taken_for_another(#[case] preset: Preset, #[case] kind: &str, #[case] good: bool) {
    let subject = preset.start().await;
    let header = with(ForeignKey::RsaA.header(), "typ", json!(kind));
    let verdict = subject.verdict(&ForeignKey::RsaA.sign_as(&header, &subject.claims())).await;
    assert_eq!(verdict.is_ok(), good, "{verdict:?}");
}
