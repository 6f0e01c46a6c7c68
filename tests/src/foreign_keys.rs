//! Keys of others, and tokens signed with them in good faith or bad.

use std::time::Duration;

use hos_domain::kernel::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// A key of an identity provider; its private half is in `tests/keys`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignKey {
    /// RSA, 2048 bits.
    RsaA,
    /// Another one.
    RsaB,
    /// RSA, 1024 bits, which is too short.
    RsaShort,
    /// P-256.
    P256A,
    /// Another one.
    P256B,
    /// Ed25519.
    Ed25519,
}

impl ForeignKey {
    /// The id under which it is published.
    pub fn id(self) -> String {
        format!("{self:?}")
    }

    /// The algorithm that it is meant for.
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::RsaA | Self::RsaB | Self::RsaShort => Algorithm::RS256,
            Self::P256A | Self::P256B => Algorithm::ES256,
            Self::Ed25519 => Algorithm::EdDSA,
        }
    }

    /// The private half, in PKCS #8 as PEM.
    pub fn pem(self) -> &'static str {
        match self {
            Self::RsaA => include_str!("../keys/rsa_a.pem"),
            Self::RsaB => include_str!("../keys/rsa_b.pem"),
            Self::RsaShort => include_str!("../keys/rsa_short.pem"),
            Self::P256A => include_str!("../keys/p256_a.pem"),
            Self::P256B => include_str!("../keys/p256_b.pem"),
            Self::Ed25519 => include_str!("../keys/ed25519.pem"),
        }
    }

    /// The public half, as it is published.
    pub fn jwk(self) -> Value {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&self.private(), self.algorithm()).unwrap()).unwrap();
        jwk["kid"] = json!(self.id());
        jwk["use"] = json!("sig");
        jwk
    }

    /// The header of a token signed with it.
    pub fn header(self) -> Value {
        json!({ "alg": self.algorithm(), "kid": self.id(), "typ": "JWT" })
    }

    /// A token that it has signed.
    pub fn sign(self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    /// A token with any header at all that it has signed, with the header's algorithm where that is possible.
    pub fn sign_as(self, header: &Value, claims: &Value) -> String {
        let named: Option<Algorithm> = serde_json::from_value(header["alg"].clone()).ok();
        let possible = named.filter(|algorithm| algorithm.family() == self.algorithm().family());
        let algorithm = possible.unwrap_or(self.algorithm());
        let message = unsigned(header, claims);
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.private(), algorithm).unwrap();
        format!("{message}.{signature}")
    }

    fn private(self) -> EncodingKey {
        let read = match self {
            Self::RsaA | Self::RsaB | Self::RsaShort => EncodingKey::from_rsa_pem,
            Self::P256A | Self::P256B => EncodingKey::from_ec_pem,
            Self::Ed25519 => EncodingKey::from_ed_pem,
        };
        read(self.pem().as_bytes()).unwrap()
    }
}

/// A token that is signed with a shared secret, such as a public key that was taken for one.
pub fn sign_with_secret(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let message = unsigned(header, claims);
    let key = EncodingKey::from_secret(secret);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}

/// The part of a token that is signed.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| base64(part.to_string().as_bytes()));
    format!("{header}.{claims}")
}

/// The claims of an ID token, issued `now` for an hour, about `subject`.
pub fn id_claims(issuer: &str, audience: &str, subject: &str, now: Timestamp) -> Value {
    let (iat, exp) = (now.unix_seconds(), (now + Duration::from_secs(3600)).unix_seconds());
    json!({ "iss": issuer, "aud": audience, "sub": subject, "iat": iat, "exp": exp })
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
