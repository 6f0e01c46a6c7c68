//! [`ForeignNotices`] and [`ForeignGrants`]: what Apple tells us, and what it gets back.

use hos_domain::identity::{
    ForeignGrants, ForeignNotice, ForeignNoticeKind, ForeignNotices, ForeignTokenError, ForeignTokens,
};
use hos_domain::kernel::{Clock, GatewayError, Timestamp};
use hos_http::{HttpClient, Patience};
use hos_local::SystemClock;
use hos_oidc::{AppleClient, AppleGrants, AppleKey, AppleNotices, IssuerConfig, IssuerVerifier};
use hos_tests::{APPLE_KEY, APPLE_KEY_ID, APPLE_TEAM, ForeignKey, IdentityProvider, Mood, id_claims};
use serde_json::{Value, json};

const APPLE: &str = "https://appleid.apple.com";

fn now() -> Timestamp {
    Timestamp::parse("2030-01-01T00:00:00Z").unwrap()
}

fn notice_claims() -> Value {
    let event = json!({ "type": "consent-revoked", "sub": "001.a", "event_time": now().unix_seconds() * 1000 });
    let mut claims = id_claims(APPLE, "com.gym.app", "", now());
    claims.as_object_mut().unwrap().remove("sub");
    claims["jti"] = json!("notice-1");
    claims["events"] = json!(event.to_string());
    claims
}

async fn verdict(notices: &AppleNotices, token: &str) -> Result<ForeignNotice, ForeignTokenError> {
    notices.verify(json!({ "payload": token }).to_string().as_bytes(), now()).await
}

/// What checks notices and what checks tokens, with the same keys.
fn apple(provider: &IdentityProvider) -> (AppleNotices, IssuerVerifier) {
    let us = ["com.gym.app".to_owned()];
    let config = IssuerConfig::apple(&us, &provider.url);
    let keys = config.keys(HttpClient::new().unwrap());
    (AppleNotices::new(&us, keys.clone()), IssuerVerifier::new(config, keys))
}

#[tokio::test]
async fn a_notice_is_believed_if_apple_has_signed_it_for_us() {
    let provider = IdentityProvider::start().await;
    let (notices, _) = apple(&provider);
    let notice = verdict(&notices, &ForeignKey::RsaA.sign(&notice_claims())).await.unwrap();
    assert_eq!((notice.id.as_str(), notice.subject.as_str(), notice.at), ("notice-1", "001.a", now()));
    assert_eq!((notice.kind, notice.email, notice.email_is_private), (ForeignNoticeKind::ConsentRevoked, None, false));

    let mut for_others = notice_claims();
    for_others["aud"] = json!("com.other.app");
    let forged = [
        ForeignKey::RsaB.sign(&notice_claims()),
        ForeignKey::RsaB.sign_as(&ForeignKey::RsaA.header(), &notice_claims()),
        ForeignKey::P256A.sign(&notice_claims()),
        ForeignKey::RsaA.sign(&for_others),
    ];
    for token in forged {
        let refused = verdict(&notices, &token).await;
        assert!(matches!(refused, Err(ForeignTokenError::Refused(_))), "{refused:?}");
    }
    for body in [&b""[..], b"{}", b"[]", b"{\"payload\":7}", b"\xff"] {
        let refused = notices.verify(body, now()).await;
        assert!(matches!(refused, Err(ForeignTokenError::Refused(_))), "{refused:?}");
    }
}

/// Both are signed with the same keys for the same audience.
#[tokio::test]
async fn a_notice_is_no_login_and_a_login_no_notice() {
    let provider = IdentityProvider::start().await;
    let (notices, tokens) = apple(&provider);
    let login = ForeignKey::RsaA.sign(&id_claims(APPLE, "com.gym.app", "001.a", now()));
    assert!(tokens.verify(&login, now()).await.is_ok());
    assert!(verdict(&notices, &login).await.is_err());
    let mut with_subject = notice_claims();
    with_subject["sub"] = json!("001.a");
    assert!(tokens.verify(&ForeignKey::RsaA.sign(&with_subject), now()).await.is_err());
    assert_eq!(provider.fetches(), 1, "the keys are shared");
}

fn grants(provider: &IdentityProvider, key_id: &str, clients: &[&str]) -> AppleGrants {
    let private_key = APPLE_KEY.pem().to_owned().into();
    let key = AppleKey { team_id: APPLE_TEAM.into(), key_id: key_id.into(), private_key };
    let clients = clients.iter().map(|id| AppleClient { id: (*id).to_owned(), redirect_uri: None }).collect();
    AppleGrants::new(HttpClient::new().unwrap(), &key, clients, &provider.url, Patience::default()).unwrap()
}

#[tokio::test]
async fn a_code_becomes_a_grant_once_and_a_grant_is_given_back() {
    let provider = IdentityProvider::start().await;
    let grants = grants(&provider, APPLE_KEY_ID, &["com.gym.app", "com.gym.web"]);
    provider.give_code("c1", "com.gym.web");
    let grant = grants.exchange("c1", SystemClock.now()).await.unwrap();
    assert_eq!(grant.client, "com.gym.web");
    let again = grants.exchange("c1", SystemClock.now()).await.unwrap_err();
    assert_eq!(again, GatewayError::InvalidRequest("invalid_grant".into()));

    for _ in 0..2 {
        grants.revoke(&grant, SystemClock.now()).await.unwrap();
    }
    assert_eq!(provider.revoked(), ["refresh of c1", "refresh of c1"]);
}

#[tokio::test]
async fn an_apple_that_does_not_know_us_or_is_away_is_told_apart() {
    let provider = IdentityProvider::start().await;
    provider.give_code("c1", "com.gym.app");
    let strangers = grants(&provider, "OTHERKEY00", &["com.gym.app"]);
    assert_eq!(strangers.exchange("c1", now()).await.unwrap_err(), GatewayError::Unauthorized);
    let grants = grants(&provider, APPLE_KEY_ID, &["com.gym.app"]);
    provider.be(Mood::Away);
    assert_eq!(grants.exchange("c1", now()).await.unwrap_err(), GatewayError::Unavailable);
    provider.be(Mood::Well);
    assert!(grants.exchange("c1", now()).await.is_ok());
}
