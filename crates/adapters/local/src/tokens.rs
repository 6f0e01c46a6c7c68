//! Access tokens as JWTs, signed with one key and believed under several, so that keys can be changed while tokens are out.
//! The algorithm comes from the key, never from the token.

use hos_domain::identity::{AccessClaims, AccessTokens, Rights, Role, SessionKind, TokenRefused};
use hos_domain::kernel::{Id, Timestamp};
use jsonwebtoken::{Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::token_keys::TokenKey;

/// Whose tokens these are and whom they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenNames {
    /// `iss`: this installation.
    pub issuer: String,
    /// `aud`: its API.
    pub audience: String,
}

/// Signs with the first key and believes all of them.
pub struct JwtTokens {
    names: TokenNames,
    header: Header,
    signing: TokenKey,
    older: Vec<TokenKey>,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: Uuid,
    sid: Uuid,
    role: Role,
    /// Nothing for a token that may do everything (RFC 8693, 4.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Nothing for a token that its subject uses (RFC 8693, 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
    /// Nothing for a token of an app, as all were before there were others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    iat: i64,
    exp: i64,
}

/// Who acts in the subject's place.
#[derive(Serialize, Deserialize)]
struct Actor {
    sub: Uuid,
}

impl JwtTokens {
    /// Signs with `signing`; believes `older` too.
    #[must_use]
    pub fn new(signing: TokenKey, older: Vec<TokenKey>, names: TokenNames) -> Self {
        let mut header = Header::new(signing.algorithm);
        header.kid = Some(signing.id.clone());
        Self { names, header, signing, older }
    }

    /// The public halves of all keys that have one, as JWKs.
    #[must_use]
    pub fn public_keys(&self) -> Vec<Value> {
        self.keys().filter_map(TokenKey::public).cloned().collect()
    }

    fn keys(&self) -> impl Iterator<Item = &TokenKey> {
        [&self.signing].into_iter().chain(&self.older)
    }

    /// The key that a token names; one that names none was signed before keys had names.
    fn key_of(&self, token: &str) -> Option<&TokenKey> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        match header.kid {
            Some(id) => self.keys().find(|key| key.id == id),
            None => self.keys().find(|key| key.algorithm == header.alg),
        }
    }

    fn validation(&self, key: &TokenKey) -> Validation {
        let mut validation = Validation::new(key.algorithm);
        validation.set_issuer(&[&self.names.issuer]);
        validation.set_audience(&[&self.names.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Time is judged by the clock that everything else goes by.
        validation.validate_exp = false;
        validation
    }
}

impl AccessTokens for JwtTokens {
    fn issue(&self, claims: &AccessClaims) -> String {
        let claims = Claims {
            iss: self.names.issuer.clone(),
            aud: self.names.audience.clone(),
            sub: claims.user.uuid(),
            sid: claims.session.uuid(),
            role: claims.role,
            scope: claims.rights.scopes().map(|scopes| scopes.to_string()),
            act: claims.actor.map(|actor| Actor { sub: actor.uuid() }),
            kind: Some(claims.kind).filter(|kind| *kind != SessionKind::Native).map(|kind| kind.name().to_owned()),
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.signing.encoding);
        // Signing with a key that was read has no way to fail; an empty token would be refused everywhere.
        debug_assert!(token.is_ok());
        token.unwrap_or_default()
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRefused> {
        let key = self.key_of(token).ok_or(TokenRefused::Invalid)?;
        let decoded = jsonwebtoken::decode::<Claims>(token, &key.decoding, &self.validation(key));
        let claims = decoded.map_err(|_| TokenRefused::Invalid)?.claims;
        let instant = |seconds| Timestamp::from_unix_seconds(seconds).ok_or(TokenRefused::Invalid);
        let (issued_at, expires_at) = (instant(claims.iat)?, instant(claims.exp)?);
        if now >= expires_at {
            return Err(TokenRefused::Expired);
        }
        Ok(AccessClaims {
            user: Id::new(claims.sub),
            session: Id::new(claims.sid),
            role: claims.role,
            rights: Rights::from_stored(claims.scope.as_deref()),
            actor: claims.act.map(|actor| Id::new(actor.sub)),
            kind: claims.kind.as_deref().map_or(SessionKind::Native, SessionKind::from_stored),
            issued_at,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hos_domain::identity::{Scope, Scopes};
    use rstest::rstest;

    use super::*;

    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    fn names() -> TokenNames {
        TokenNames { issuer: "https://gym.example".into(), audience: "hypertrophy-os".into() }
    }

    fn shared(secret: &str) -> TokenKey {
        TokenKey::shared(&secret.to_owned().into())
    }

    fn private(pem: &str) -> TokenKey {
        TokenKey::private(&pem.to_owned().into()).unwrap()
    }

    fn tokens(secret: &str) -> JwtTokens {
        JwtTokens::new(shared(secret), Vec::new(), names())
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            user: Id::new(Uuid::from_u128(1)),
            session: Id::new(Uuid::from_u128(2)),
            role: Role::User,
            rights: Rights::Full,
            actor: None,
            kind: SessionKind::Native,
            issued_at: at(1_000),
            expires_at: at(1_900),
        }
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::EPOCH + Duration::from_secs(second)
    }

    #[test]
    fn a_token_says_what_was_signed_until_it_expires() {
        let tokens = tokens("secret");
        let token = tokens.issue(&claims());
        assert_eq!(tokens.verify(&token, at(1_899)), Ok(claims()));
        assert_eq!(tokens.verify(&token, at(1_900)), Err(TokenRefused::Expired));
    }

    #[test]
    fn a_token_with_scopes_says_so_and_one_without_any_may_do_nothing() {
        let tokens = tokens("secret");
        for scopes in [[Scope::ReadProjects, Scope::WriteProjects].into_iter().collect(), Scopes::default()] {
            let actor = Some(Id::new(Uuid::from_u128(3)));
            let limited = AccessClaims { rights: Rights::Only(scopes), actor, ..claims() };
            assert_eq!(tokens.verify(&tokens.issue(&limited), at(1_000)), Ok(limited));
        }
    }

    #[test]
    fn a_token_for_a_cookie_says_so() {
        let tokens = tokens("secret");
        let kept = AccessClaims { kind: SessionKind::Browser, ..claims() };
        assert_eq!(tokens.verify(&tokens.issue(&kept), at(1_000)), Ok(kept));
    }

    #[test]
    fn another_secret_or_a_changed_byte_is_refused() {
        let token = tokens("secret").issue(&claims());
        assert_eq!(tokens("other").verify(&token, at(1_000)), Err(TokenRefused::Invalid));
        let altered = token.replacen('e', "f", 1);
        assert_eq!(tokens("secret").verify(&altered, at(1_000)), Err(TokenRefused::Invalid));
    }

    /// `{"alg":"none"}` and `{"alg":"HS512"}` with sensible claims and no or any signature.
    #[rstest]
    #[case::none("eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.")]
    #[case::other_algorithm("eyJhbGciOiJIUzUxMiJ9.eyJzdWIiOiIxIn0.AAAA")]
    #[case::empty("")]
    #[case::words("not a token")]
    fn what_was_not_signed_by_us_is_refused(#[case] token: &str) {
        assert_eq!(tokens("secret").verify(token, at(1_000)), Err(TokenRefused::Invalid));
    }

    #[test]
    fn a_token_for_another_audience_is_refused() {
        let names = TokenNames { issuer: "https://gym.example".into(), audience: "another".into() };
        let foreign = JwtTokens::new(shared("secret"), Vec::new(), names).issue(&claims());
        assert_eq!(tokens("secret").verify(&foreign, at(1_000)), Err(TokenRefused::Invalid));
    }

    /// A P-256 key, as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` writes one.
    fn p256() -> TokenKey {
        use p256::pkcs8::EncodePrivateKey;
        let pem = p256::SecretKey::from_slice(&[7; 32]).unwrap().to_pkcs8_pem(p256::pkcs8::LineEnding::LF).unwrap();
        private(&pem)
    }

    #[rstest]
    #[case::ed25519(private(ED25519), "EdDSA")]
    #[case::p256(p256(), "ES256")]
    fn a_token_of_a_private_key_can_be_checked_by_everybody(#[case] key: TokenKey, #[case] algorithm: &str) {
        let tokens = JwtTokens::new(key, Vec::new(), names());
        let token = tokens.issue(&claims());
        assert_eq!(tokens.verify(&token, at(1_000)), Ok(claims()));
        let keys = serde_json::json!({ "keys": tokens.public_keys() });
        assert_eq!(keys["keys"][0]["alg"], algorithm);
        assert!(keys["keys"][0].get("d").is_none(), "the private half stays here");
        let set: jsonwebtoken::jwk::JwkSet = serde_json::from_value(keys).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        let key = jsonwebtoken::DecodingKey::from_jwk(set.find(&header.kid.unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&["hypertrophy-os"]);
        validation.validate_exp = false;
        jsonwebtoken::decode::<Value>(&token, &key, &validation).unwrap();
    }

    #[test]
    fn keys_are_changed_while_tokens_are_out() {
        let before = tokens("secret").issue(&claims());
        let rotated = JwtTokens::new(private(ED25519), vec![shared("secret")], names());
        assert_eq!(rotated.verify(&before, at(1_000)), Ok(claims()));
        let after = rotated.issue(&claims());
        assert_eq!(rotated.verify(&after, at(1_000)), Ok(claims()));
        let done = JwtTokens::new(private(ED25519), Vec::new(), names());
        assert_eq!(done.verify(&before, at(1_000)), Err(TokenRefused::Invalid));
        assert_eq!(done.verify(&after, at(1_000)), Ok(claims()));
    }

    /// The classic confusion: the public key, which everybody has, taken as the shared secret.
    #[test]
    fn a_token_signed_with_the_public_key_as_secret_is_refused() {
        let tokens = JwtTokens::new(private(ED25519), Vec::new(), names());
        let public = tokens.public_keys().remove(0);
        for secret in [public["x"].as_str().unwrap().to_owned(), public.to_string()] {
            let mut header = Header::new(jsonwebtoken::Algorithm::HS256);
            header.kid = Some(public["kid"].as_str().unwrap().to_owned());
            let claims = serde_json::json!({ "iss": "https://gym.example", "aud": "hypertrophy-os",
                "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "role": "admin", "iat": 1_000, "exp": 1_900 });
            let key = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
            let forged = jsonwebtoken::encode(&header, &claims, &key).unwrap();
            assert_eq!(tokens.verify(&forged, at(1_000)), Err(TokenRefused::Invalid));
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused_with_a_way_to_make_one() {
        let refused = TokenKey::private(&"-----BEGIN PRIVATE KEY-----".to_owned().into()).err().unwrap();
        assert!(refused.to_string().contains("openssl"), "{refused}");
    }
}
