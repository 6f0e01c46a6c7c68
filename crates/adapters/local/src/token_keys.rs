//! Keys for access tokens: a shared secret (HS256), or a private key whose public half everybody may have (EdDSA, ES256).
//! A key's name (`kid`) is made from the key, so that nodes agree on it without being told.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use p256::elliptic_curve::sec1::ToEncodedPoint;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A key that signs access tokens and checks them.
pub struct TokenKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) id: String,
    pub(crate) encoding: EncodingKey,
    pub(crate) decoding: DecodingKey,
    public: Option<Value>,
}

/// Why a text is no private key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// It is no PKCS#8 PEM of a kind we sign with.
    #[error(
        "this is no private key in PEM (PKCS#8) for Ed25519 or P-256; make one with: openssl genpkey -algorithm ed25519"
    )]
    Unreadable,
}

impl TokenKey {
    /// A shared secret, for HS256.
    #[must_use]
    pub fn shared(secret: &SecretString) -> Self {
        let secret = secret.expose_secret().as_bytes();
        // A digest of the secret must not help to guess it: it is cut short, and secrets are long.
        let digest = Sha256::new_with_prefix(b"key id of an access token secret").chain_update(secret).finalize();
        Self {
            algorithm: Algorithm::HS256,
            id: hex::encode(digest.get(..4).unwrap_or_default()),
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            public: None,
        }
    }

    /// A private key in PEM: Ed25519 for EdDSA, P-256 for ES256.
    ///
    /// # Errors
    /// [`TokenKeyError`]
    pub fn private(pem: &SecretString) -> Result<Self, TokenKeyError> {
        let pem = pem.expose_secret().trim();
        if let Ok(key) = ed25519_dalek::SigningKey::from_pkcs8_pem(pem) {
            return Self::ed25519(&key);
        }
        let key = p256::SecretKey::from_pkcs8_pem(pem).map_err(|_| TokenKeyError::Unreadable)?;
        Self::p256(&key)
    }

    fn ed25519(key: &ed25519_dalek::SigningKey) -> Result<Self, TokenKeyError> {
        let der = key.to_pkcs8_der().map_err(|_| TokenKeyError::Unreadable)?;
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        let decoding = DecodingKey::from_ed_components(&x).map_err(|_| TokenKeyError::Unreadable)?;
        let public = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": x });
        Ok(Self::published(Algorithm::EdDSA, &members, EncodingKey::from_ed_der(der.as_bytes()), decoding, public))
    }

    fn p256(key: &p256::SecretKey) -> Result<Self, TokenKeyError> {
        let der = key.to_pkcs8_der().map_err(|_| TokenKeyError::Unreadable)?;
        let point = key.public_key().to_encoded_point(false);
        let (Some(x), Some(y)) = (point.x(), point.y()) else { return Err(TokenKeyError::Unreadable) };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let decoding = DecodingKey::from_ec_components(&x, &y).map_err(|_| TokenKeyError::Unreadable)?;
        let public = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "x": x, "y": y });
        Ok(Self::published(Algorithm::ES256, &members, EncodingKey::from_ec_der(der.as_bytes()), decoding, public))
    }

    /// Named by its thumbprint (RFC 7638): the digest of its required members in alphabetical order.
    fn published(
        algorithm: Algorithm,
        members: &str,
        encoding: EncodingKey,
        decoding: DecodingKey,
        mut public: Value,
    ) -> Self {
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members.as_bytes()));
        if let Some(fields) = public.as_object_mut() {
            fields.insert("kid".to_owned(), json!(id));
            fields.insert("use".to_owned(), json!("sig"));
        }
        Self { algorithm, id, encoding, decoding, public: Some(public) }
    }

    /// The public half as a JWK; a shared secret has none.
    #[must_use]
    pub const fn public(&self) -> Option<&Value> {
        self.public.as_ref()
    }
}
