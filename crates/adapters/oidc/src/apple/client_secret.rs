//! The client secret that Apple wants: no secret but a token, signed with a key of ours.

use std::time::Duration;

use hos_domain::kernel::{GatewayError, Timestamp};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::APPLE_ISSUER;

/// Apple allows six months. It is made anew for every request, so it need not outlive one by much.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A key for Sign in with Apple, made in Apple's developer account.
#[derive(Debug, Clone)]
pub struct AppleKey {
    /// The team that the key belongs to (ten characters).
    pub team_id: String,
    /// The key's id (ten characters).
    pub key_id: String,
    /// The text of the `.p8` file: a P-256 key in PKCS #8 as PEM.
    pub private_key: SecretString,
}

/// Makes client secrets.
pub(super) struct ClientSecrets {
    team_id: String,
    header: Header,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'static str,
    sub: &'a str,
}

impl ClientSecrets {
    /// Reads the key, and signs with it once to see that it can.
    pub(super) fn new(key: &AppleKey) -> Result<Self, String> {
        let unusable = |_| "Apple's private key is no P-256 key in a .p8 file".to_owned();
        let encoding = EncodingKey::from_ec_pem(key.private_key.expose_secret().as_bytes()).map_err(unusable)?;
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.key_id.clone());
        let secrets = Self { team_id: key.team_id.clone(), header, key: encoding };
        secrets.sign("", Timestamp::EPOCH).map_err(unusable)?;
        Ok(secrets)
    }

    /// A secret for the client as of `now`.
    pub(super) fn issue(&self, client: &str, now: Timestamp) -> Result<String, GatewayError> {
        let secret = self.sign(client, now);
        secret.map_err(|_| GatewayError::InvalidRequest("the client secret could not be signed".to_owned()))
    }

    fn sign(&self, client: &str, now: Timestamp) -> Result<String, jsonwebtoken::errors::Error> {
        let claims = Claims {
            iss: &self.team_id,
            iat: now.unix_seconds(),
            exp: (now + LIFETIME).unix_seconds(),
            aud: APPLE_ISSUER,
            sub: client,
        };
        jsonwebtoken::encode(&self.header, &claims, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(pem: &str) -> AppleKey {
        AppleKey { team_id: "TEAM".into(), key_id: "KEY".into(), private_key: pem.to_owned().into() }
    }

    #[test]
    fn a_key_that_can_not_sign_is_refused_at_once_and_not_quoted() {
        let p384 = include_str!("../../testdata/p384.pem");
        let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----";
        for pem in ["", "a secret", public, p384] {
            let refusal = ClientSecrets::new(&key(pem)).err().unwrap();
            assert_eq!(refusal, "Apple's private key is no P-256 key in a .p8 file");
        }
        assert!(ClientSecrets::new(&key(include_str!("../../testdata/p256.pem"))).is_ok());
    }
}
