//! Access tokens as HS256 JWTs. The algorithm comes from here, never from the token.

use hos_domain::identity::{AccessClaims, AccessTokens, Rights, Role, TokenRefused};
use hos_domain::kernel::{Id, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Whose tokens these are and whom they are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenNames {
    /// `iss`: this installation.
    pub issuer: String,
    /// `aud`: its API.
    pub audience: String,
}

/// Signs and checks with one shared secret.
pub struct HmacTokens {
    names: TokenNames,
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    header: Header,
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
    iat: i64,
    exp: i64,
}

impl HmacTokens {
    /// Signs with `secret`.
    #[must_use]
    pub fn new(secret: &SecretString, names: TokenNames) -> Self {
        let secret = secret.expose_secret().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&names.issuer]);
        validation.set_audience(&[&names.audience]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // Time is judged below, by the clock that everything else goes by.
        validation.validate_exp = false;
        Self {
            names,
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            header: Header::new(Algorithm::HS256),
        }
    }
}

impl AccessTokens for HmacTokens {
    fn issue(&self, claims: &AccessClaims) -> String {
        let claims = Claims {
            iss: self.names.issuer.clone(),
            aud: self.names.audience.clone(),
            sub: claims.user.uuid(),
            sid: claims.session.uuid(),
            role: claims.role,
            scope: claims.rights.scopes().map(|scopes| scopes.to_string()),
            iat: claims.issued_at.unix_seconds(),
            exp: claims.expires_at.unix_seconds(),
        };
        let token = jsonwebtoken::encode(&self.header, &claims, &self.encoding);
        // Signing with a shared secret has no way to fail; an empty token would be refused everywhere.
        debug_assert!(token.is_ok());
        token.unwrap_or_default()
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenRefused> {
        let decoded = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
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

    fn tokens(secret: &str) -> HmacTokens {
        let names = TokenNames { issuer: "https://gym.example".into(), audience: "hypertrophy-os".into() };
        HmacTokens::new(&secret.to_owned().into(), names)
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            user: Id::new(Uuid::from_u128(1)),
            session: Id::new(Uuid::from_u128(2)),
            role: Role::User,
            rights: Rights::Full,
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
            let limited = AccessClaims { rights: Rights::Only(scopes), ..claims() };
            assert_eq!(tokens.verify(&tokens.issue(&limited), at(1_000)), Ok(limited));
        }
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
        let foreign = HmacTokens::new(&"secret".to_owned().into(), names).issue(&claims());
        assert_eq!(tokens("secret").verify(&foreign, at(1_000)), Err(TokenRefused::Invalid));
    }
}
