//! Who asks, as the counts of requests know them: a user by their token, anybody else by their network.

use actix_web::http::header::HeaderMap;
use hos_domain::identity::Client;

use super::browser::SentCookies;
use super::caller::bearer;
use super::rate_limit::{RateGate, network};

/// Who asks.
pub(super) enum Asker {
    User(String),
    Network(String),
}

impl RateGate {
    pub(super) async fn asker(&self, headers: &HeaderMap, client: &Client) -> Asker {
        let token = bearer(headers).or_else(|| SentCookies::of(headers).access);
        // Whether the session still lives is looked up later, by whoever answers; here it is about counting.
        let claims = token.and_then(|token| self.tokens.verify(token, self.clock.now()).ok());
        if let Some(claims) = claims {
            return Asker::User(claims.user.to_string());
        }
        match self.external(token.unwrap_or_default()).await {
            Some(name) => Asker::User(name),
            None => Asker::Network(network(client)),
        }
    }

    /// The name of an external identity in the counts: whose account it opens is looked up later, too.
    async fn external(&self, token: &str) -> Option<String> {
        let tokens = self.external_tokens.as_ref().filter(|tokens| tokens.names_issuer(token))?;
        let identity = tokens.verify(token, self.clock.now()).await.ok()?;
        Some(self.names.name_of("external user", &format!("{} {}", identity.issuer, identity.subject)))
    }
}
