//! Signatures of tokens. Which algorithms and keys are believed is known before a token is looked at.

use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::Timestamp;
use jsonwebtoken::{Header, Validation};

use crate::algorithm::SignatureAlgorithm;
use crate::claims::Claims;
use crate::jwks::KeyCache;

/// No issuer's token is longer; a longer one is not worth reading.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Checks form and signature and gives back the claims, about which nothing is judged yet. `types` are the words that the
/// header's `typ` may have; without one it may be anything, as most issuers leave it out.
pub(crate) async fn open(
    token: &str,
    algorithms: &[SignatureAlgorithm],
    types: &[&str],
    keys: &KeyCache,
    now: Timestamp,
) -> Result<Claims, ForeignTokenError> {
    if token.len() > LONGEST_TOKEN {
        return Err(ForeignTokenError::Refused("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| ForeignTokenError::Refused("it is no signed token"))?;
    let algorithm = SignatureAlgorithm::of(header.alg).filter(|algorithm| algorithms.contains(algorithm));
    let algorithm = algorithm.ok_or(ForeignTokenError::Refused("its algorithm is not allowed"))?;
    judge(&header, types)?;
    let key = keys.find(header.kid.as_deref(), algorithm, now).await?;
    let decoded = jsonwebtoken::decode(token, &key, &signature_only(algorithm));
    decoded.map(|data| Claims(data.claims)).map_err(|_| ForeignTokenError::Refused("its signature is wrong"))
}

fn judge(header: &Header, types: &[&str]) -> Result<(), ForeignTokenError> {
    // RFC 7515: who does not know a critical extension must refuse. We know none.
    if header.crit.is_some() {
        return Err(ForeignTokenError::Refused("it wants an extension"));
    }
    let kind = header.typ.as_deref().map(str::to_ascii_lowercase);
    let kind = kind.as_deref().map(|kind| kind.strip_prefix("application/").unwrap_or(kind));
    match kind {
        Some(kind) if !types.contains(&kind) => Err(ForeignTokenError::Refused("it is a token of another kind")),
        _ => Ok(()),
    }
}

/// The library goes by the system's clock and its own notion of required claims; both are judged elsewhere.
fn signature_only(algorithm: SignatureAlgorithm) -> Validation {
    let mut validation = Validation::new(algorithm.library());
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

#[cfg(test)]
mod tests {
    use hos_http::HttpClient;
    use serde_json::Value;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    /// Keys and tokens made with OpenSSL (Python's `cryptography`), one per algorithm: `{"sub":"1"}`.
    const MADE_ELSEWHERE: &str = include_str!("../testdata/signatures.json");

    async fn made_elsewhere() -> (MockServer, KeyCache, Value) {
        let made: Value = serde_json::from_str(MADE_ELSEWHERE).unwrap();
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_json(&made))
            .mount(&server)
            .await;
        let keys = KeyCache::new(HttpClient::new().unwrap(), "test", server.uri());
        (server, keys, made)
    }

    #[tokio::test]
    async fn what_others_sign_with_each_algorithm_is_believed_if_the_algorithm_is_allowed() {
        let (_server, keys, made) = made_elsewhere().await;
        for algorithm in SignatureAlgorithm::ALL {
            let token = made["tokens"][algorithm.name()].as_str().unwrap();
            let claims = open(token, &[algorithm], &[], &keys, Timestamp::EPOCH).await.unwrap();
            assert_eq!(claims.subject().unwrap(), "1");
            let others: Vec<_> = SignatureAlgorithm::ALL.into_iter().filter(|other| *other != algorithm).collect();
            let refused = open(token, &others, &[], &keys, Timestamp::EPOCH).await.err();
            assert!(matches!(refused, Some(ForeignTokenError::Refused("its algorithm is not allowed"))), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn every_changed_character_is_noticed() {
        let (_server, keys, made) = made_elsewhere().await;
        let token = made["tokens"]["ES256"].as_str().unwrap();
        for at in 0..token.len() {
            // The last character of the signature holds bits that belong to nothing, and must be zero.
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            let refused = open(&altered, &SignatureAlgorithm::ALL, &[], &keys, Timestamp::EPOCH).await.err();
            assert!(matches!(refused, Some(ForeignTokenError::Refused(_))), "{at}: {refused:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_token_is_refused_without_asking_for_keys() {
        let nobody = KeyCache::new(HttpClient::new().unwrap(), "test", "http://127.0.0.1:1");
        let made: Value = serde_json::from_str(MADE_ELSEWHERE).unwrap();
        let long = format!("{}{}", made["tokens"]["ES256"].as_str().unwrap(), "A".repeat(LONGEST_TOKEN));
        for token in ["", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "é.é.é", &long] {
            let refused = open(token, &SignatureAlgorithm::ALL, &[], &nobody, Timestamp::EPOCH).await.err();
            assert!(matches!(refused, Some(ForeignTokenError::Refused(_))), "{token:.20}: {refused:?}");
        }
    }
}
