//! What is believed of an issuer.

use std::time::Duration;

use hos_domain::identity::ForeignTokenError;
use hos_domain::kernel::{Email, Timestamp};
use hos_http::HttpClient;

use crate::algorithm::SignatureAlgorithm;
use crate::apple::APPLE_ISSUER;
use crate::claims::Claims;
use crate::jwks::KeyCache;

/// Where Google publishes its keys.
pub const GOOGLE_BASE_URL: &str = "https://www.googleapis.com";

/// The clocks of phones and providers differ.
const ID_TOKEN_SKEW: Duration = Duration::from_secs(60);

/// Access tokens may live for a minute only; Clerk says that five seconds are enough.
const ACCESS_TOKEN_SKEW: Duration = Duration::from_secs(5);

/// The types of an ID token, and of an access token (RFC 9068).
const ID_TOKEN: &[&str] = &["jwt"];
const ACCESS_TOKEN: &[&str] = &["jwt", "at+jwt"];

/// What is believed of an issuer.
#[derive(Debug, Clone)]
pub struct IssuerConfig {
    pub(crate) name: &'static str,
    pub(crate) jwks_url: String,
    /// The spellings of `iss`; the first one is what identities are kept under.
    pub(crate) issuers: Vec<String>,
    pub(crate) audience: Audience,
    pub(crate) algorithms: Vec<SignatureAlgorithm>,
    pub(crate) types: &'static [&'static str],
    pub(crate) skew: Duration,
    pub(crate) rules: Rules,
}

/// Whom a token must be for.
#[derive(Debug, Clone)]
pub(crate) enum Audience {
    /// Anybody: the issuer does not say, or serves us alone.
    Anybody,
    /// Us among others.
    Among(String),
    /// One or several of these and nobody else.
    Only(Vec<String>),
}

/// What else is judged.
#[derive(Debug, Clone)]
pub(crate) enum Rules {
    Google,
    Apple,
    /// Any OpenID provider's ID token.
    IdToken,
    /// An access token of an external identity system; if there are any, only these parties may have asked for it.
    AccessToken {
        authorized_parties: Vec<String>,
    },
}

impl Rules {
    /// Whether the issuer itself gives out the address.
    pub(crate) fn is_authoritative(&self, email: &Email, claims: &Claims) -> bool {
        let domain = email.as_str().rsplit_once('@').map_or("", |(_, domain)| domain);
        match self {
            Self::Google => {
                let workspace = claims.text("hd").map(str::to_lowercase);
                domain == "gmail.com" || workspace.is_some_and(|workspace| workspace == domain)
            }
            Self::Apple => true,
            Self::IdToken | Self::AccessToken { .. } => false,
        }
    }
}

impl IssuerConfig {
    /// Sign in with Google for any of our client ids. Native apps ask for tokens for the web client's id.
    #[must_use]
    pub fn google(client_ids: &[String], base_url: &str) -> Self {
        Self {
            name: "google",
            jwks_url: format!("{base_url}/oauth2/v3/certs"),
            issuers: vec!["https://accounts.google.com".to_owned(), "accounts.google.com".to_owned()],
            algorithms: vec![SignatureAlgorithm::Rs256],
            rules: Rules::Google,
            ..Self::oidc("", client_ids, "")
        }
    }

    /// Sign in with Apple for any of our bundle ids and services ids.
    #[must_use]
    pub fn apple(client_ids: &[String], base_url: &str) -> Self {
        Self {
            name: "apple",
            jwks_url: format!("{base_url}/auth/keys"),
            algorithms: vec![SignatureAlgorithm::Rs256],
            rules: Rules::Apple,
            ..Self::oidc(APPLE_ISSUER, client_ids, "")
        }
    }

    /// Any OpenID provider, spelled as in its tokens, for any of our client ids.
    #[must_use]
    pub fn oidc(issuer: &str, client_ids: &[String], jwks_url: &str) -> Self {
        Self {
            name: "oidc",
            jwks_url: jwks_url.to_owned(),
            issuers: vec![issuer.to_owned()],
            audience: Audience::Only(client_ids.to_vec()),
            algorithms: vec![
                SignatureAlgorithm::Rs256,
                SignatureAlgorithm::Ps256,
                SignatureAlgorithm::Es256,
                SignatureAlgorithm::EdDsa,
            ],
            types: ID_TOKEN,
            skew: ID_TOKEN_SKEW,
            rules: Rules::IdToken,
        }
    }

    /// Access tokens of an external identity system (Supabase, Clerk, Auth0 and others). Without an `audience` none is
    /// asked for: right where the issuer serves us alone, as with Clerk; an Auth0 tenant serves many, so name ours. If
    /// there are `authorized_parties` (Clerk: our origins), `azp` must be one of them where it is there. A `role`
    /// (Supabase) must be `authenticated` where it is there, and a session that is still `pending` (Clerk) is refused.
    #[must_use]
    pub fn external(issuer: &str, jwks_url: &str, audience: Option<&str>, authorized_parties: &[String]) -> Self {
        Self {
            name: "external_identity",
            audience: audience.map_or(Audience::Anybody, |audience| Audience::Among(audience.to_owned())),
            types: ACCESS_TOKEN,
            skew: ACCESS_TOKEN_SKEW,
            rules: Rules::AccessToken { authorized_parties: authorized_parties.to_vec() },
            ..Self::oidc(issuer, &[], jwks_url)
        }
    }

    /// Believes these algorithms only.
    #[must_use]
    pub fn with_algorithms(self, algorithms: &[SignatureAlgorithm]) -> Self {
        Self { algorithms: algorithms.to_vec(), ..self }
    }

    /// Lets the issuer's clock differ from ours by so much.
    #[must_use]
    pub fn with_clock_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// A cache for the issuer's keys; what checks tokens and notices of one issuer should share it.
    #[must_use]
    pub fn keys(&self, http: HttpClient) -> KeyCache {
        KeyCache::new(http, self.name, self.jwks_url.clone())
    }

    /// Whether claims say that they are the issuer's.
    pub(crate) fn names_issuer(&self, claims: &Claims) -> bool {
        claims.text("iss").is_some_and(|issuer| self.issuers.iter().any(|known| known == issuer))
    }

    /// The issuer in its canonical spelling, if the token is by it and for us.
    pub(crate) fn judge_parties(&self, claims: &Claims) -> Result<&str, ForeignTokenError> {
        let canonical = self.issuers.first().filter(|_| self.names_issuer(claims));
        let canonical = canonical.ok_or(ForeignTokenError::Refused("its issuer is another"))?;
        let audiences = claims.audiences();
        let for_us = match &self.audience {
            Audience::Anybody => true,
            Audience::Among(us) => audiences.contains(&us.as_str()),
            Audience::Only(us) => {
                !audiences.is_empty() && audiences.iter().all(|audience| us.iter().any(|ours| ours == audience))
            }
        };
        if for_us { Ok(canonical) } else { Err(ForeignTokenError::Refused("it is for somebody else")) }
    }

    /// Whether the token counts now, if it counts until `expires_at`.
    pub(crate) fn judge_time(
        &self,
        claims: &Claims,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), ForeignTokenError> {
        let expires_at = expires_at.ok_or(ForeignTokenError::Refused("it never expires"))?;
        let begins = [claims.instant("nbf")?, claims.instant("iat")?];
        let has_begun = begins.into_iter().flatten().all(|begin| begin <= now + self.skew);
        if has_begun && now < expires_at + self.skew { Ok(()) } else { Err(ForeignTokenError::Expired) }
    }
}
