//! Offline entitlement tokens: EdDSA, with a key of their own, so that an app can check them without asking anybody.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use hos_domain::billing::{EntitlementId, EntitlementTokens};
use hos_domain::identity::UserId;
use hos_domain::kernel::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::ids::random;

/// Says what kind of token this is, so that nobody takes it for another.
const TYPE: &str = "ent+jwt";

/// Signs offline tokens.
pub struct Ed25519Tokens {
    issuer: String,
    header: Header,
    key: EncodingKey,
    public: String,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'static str,
    sub: String,
    jti: String,
    iat: i64,
    exp: i64,
    entitlements: Vec<&'a str>,
}

impl Ed25519Tokens {
    /// Signs with the key made of `seed`, as `issuer`.
    ///
    /// # Errors
    /// When the key can't be encoded, which no seed makes happen.
    pub fn new(seed: &[u8; 32], issuer: String) -> Result<Self, String> {
        let key = SigningKey::from_bytes(seed);
        let der = key.to_pkcs8_der().map_err(|error| error.to_string())?;
        let public = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(thumbprint(&public));
        Ok(Self { issuer, header, key: EncodingKey::from_ed_der(der.as_bytes()), public })
    }
}

impl Ed25519Tokens {
    /// The public half of the key, as a JWK.
    #[must_use]
    pub fn public_key(&self) -> serde_json::Value {
        let kid = self.header.kid.as_deref().unwrap_or_default();
        serde_json::json!({
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": self.public,
        })
    }
}

/// The key's name (RFC 7638): the digest of its required members in alphabetical order.
fn thumbprint(public: &str) -> String {
    let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{public}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()))
}

impl EntitlementTokens for Ed25519Tokens {
    fn issue(&self, user: UserId, entitlements: &[EntitlementId], now: Timestamp, expires_at: Timestamp) -> String {
        let claims = Claims {
            iss: &self.issuer,
            aud: "hypertrophy-os:offline",
            sub: user.to_string(),
            jti: hex::encode(random::<16>()),
            iat: now.unix_seconds(),
            exp: expires_at.unix_seconds(),
            entitlements: entitlements.iter().map(EntitlementId::as_str).collect(),
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.key);
        debug_assert!(token.is_ok());
        token.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use hos_domain::identity::{AccessTokens, TokenRefused};
    use hos_domain::kernel::Id;
    use jsonwebtoken::jwk::JwkSet;
    use jsonwebtoken::{DecodingKey, Validation};
    use std::time::Duration;
    use uuid::Uuid;

    use super::*;
    use crate::{JwtTokens, TokenKey, TokenNames};

    fn issued() -> (Ed25519Tokens, String) {
        let tokens = Ed25519Tokens::new(&[7; 32], "https://gym.example".into()).unwrap();
        let premium = [EntitlementId::parse("premium").unwrap()];
        let expires_at = Timestamp::EPOCH + Duration::from_secs(4_000_000_000);
        let token = tokens.issue(Id::new(Uuid::from_u128(1)), &premium, Timestamp::EPOCH, expires_at);
        (tokens, token)
    }

    #[test]
    fn an_app_can_check_it_with_the_published_key() {
        let (tokens, token) = issued();
        let keys: JwkSet = serde_json::from_value(serde_json::json!({ "keys": [tokens.public_key()] })).unwrap();
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.typ.as_deref(), Some("ent+jwt"));
        let key = DecodingKey::from_jwk(keys.find(header.kid.as_deref().unwrap()).unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["hypertrophy-os:offline"]);
        let claims = jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).unwrap().claims;
        assert_eq!(claims["entitlements"], serde_json::json!(["premium"]));
    }

    #[test]
    fn it_is_no_access_token() {
        let (_, token) = issued();
        let names = TokenNames { issuer: "https://gym.example".into(), audience: "hypertrophy-os".into() };
        let access = JwtTokens::new(TokenKey::shared(&"secret".to_owned().into()), Vec::new(), names);
        assert_eq!(access.verify(&token, Timestamp::EPOCH), Err(TokenRefused::Invalid));
    }
}
