//! Grants: an authorization code becomes a refresh token, which is revoked when the account is deleted.

use async_trait::async_trait;
use hos_domain::identity::{ForeignGrant, ForeignGrants};
use hos_domain::kernel::{GatewayError, Timestamp};
use hos_http::{Answer, Call, HttpClient, Outbound, Patience};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::client_secret::{AppleKey, ClientSecrets};

/// Apple's word for a code that is used, too old, or another client's.
const INVALID_GRANT: &str = "invalid_grant";

/// One of our apps or sites, as Apple knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppleClient {
    /// The bundle id or the services id.
    pub id: String,
    /// Where the web page sends its users back to; apps have none.
    pub redirect_uri: Option<String>,
}

/// Takes and gives back grants at Apple.
pub struct AppleGrants {
    outbound: Outbound,
    secrets: ClientSecrets,
    clients: Vec<AppleClient>,
}

#[derive(Deserialize)]
struct Tokens {
    refresh_token: SecretString,
}

#[derive(Deserialize)]
struct Problem {
    error: String,
}

impl AppleGrants {
    /// Acts for `clients` with a key of their team, at `base_url`.
    ///
    /// # Errors
    /// When the key can't be read.
    pub fn new(
        http: HttpClient,
        key: &AppleKey,
        clients: Vec<AppleClient>,
        base_url: &str,
        patience: Patience,
    ) -> Result<Self, String> {
        Ok(Self {
            outbound: Outbound::new(http, "apple", base_url, patience),
            secrets: ClientSecrets::new(key)?,
            clients,
        })
    }

    async fn exchange_for(
        &self,
        client: &AppleClient,
        code: &str,
        now: Timestamp,
    ) -> Result<ForeignGrant, GatewayError> {
        let mut fields = vec![("grant_type", "authorization_code".to_owned()), ("code", code.to_owned())];
        fields.extend(client.redirect_uri.iter().map(|uri| ("redirect_uri", uri.clone())));
        let tokens: Tokens = self.post("/auth/token", &client.id, fields, now).await?.json()?;
        Ok(ForeignGrant { client: client.id.clone(), refresh_token: tokens.refresh_token })
    }

    async fn post(
        &self,
        path: &str,
        client: &str,
        fields: Vec<(&str, String)>,
        now: Timestamp,
    ) -> Result<Answer, GatewayError> {
        let mut form = vec![
            ("client_id".to_owned(), client.to_owned()),
            ("client_secret".to_owned(), self.secrets.issue(client, now)?),
        ];
        form.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let answer = self.outbound.send(Call::post(path).form(form)).await?;
        let problem = |answer: &Answer| answer.json::<Problem>().ok().map(|problem| problem.error);
        answer.success(problem).map_err(|error| match error {
            GatewayError::InvalidRequest(problem) if problem == "invalid_client" => GatewayError::Unauthorized,
            error => error,
        })
    }
}

#[async_trait]
impl ForeignGrants for AppleGrants {
    /// A code does not tell which of our clients it is for, so they are tried in order.
    async fn exchange(&self, code: &str, now: Timestamp) -> Result<ForeignGrant, GatewayError> {
        let refused = || GatewayError::InvalidRequest(INVALID_GRANT.to_owned());
        for client in &self.clients {
            match self.exchange_for(client, code, now).await {
                Err(error) if error == refused() => {}
                outcome => return outcome,
            }
        }
        Err(refused())
    }

    async fn revoke(&self, grant: &ForeignGrant, now: Timestamp) -> Result<(), GatewayError> {
        let token = grant.refresh_token.expose_secret().to_owned();
        let fields = vec![("token", token), ("token_type_hint", "refresh_token".to_owned())];
        self.post("/auth/revoke", &grant.client, fields, now).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;
    use wiremock::matchers::{body_string_contains, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    fn grants(server: &MockServer, clients: &[&str]) -> AppleGrants {
        let private_key = include_str!("../../testdata/p256.pem").to_owned().into();
        let key = AppleKey { team_id: "TEAM".into(), key_id: "KEY".into(), private_key };
        let redirect_uri = Some("https://gym.example/back".to_owned());
        let clients = clients.iter().map(|id| AppleClient { id: (*id).to_owned(), redirect_uri: redirect_uri.clone() });
        let patience = Patience { timeout: Duration::from_secs(5), tries: 2, first_wait: Duration::from_millis(1) };
        AppleGrants::new(HttpClient::new().unwrap(), &key, clients.collect(), &server.uri(), patience).unwrap()
    }

    async fn answering(status: u16, body: &str) -> MockServer {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(status).set_body_string(body);
        Mock::given(method("POST")).respond_with(answer).expect(1).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn the_client_that_a_code_is_for_is_found() {
        let server = MockServer::start().await;
        let tokens =
            r#"{"access_token":"a","expires_in":3600,"id_token":"x","refresh_token":"r","token_type":"Bearer"}"#;
        Mock::given(path("/auth/token"))
            .and(body_string_contains("client_id=com.gym.web&client_secret="))
            .and(body_string_contains("grant_type=authorization_code&code=c%2F1"))
            .and(body_string_contains("redirect_uri=https%3A%2F%2Fgym.example%2Fback"))
            .respond_with(ResponseTemplate::new(200).set_body_string(tokens))
            .mount(&server)
            .await;
        let refusal = ResponseTemplate::new(400).set_body_string(r#"{"error":"invalid_grant"}"#);
        Mock::given(path("/auth/token")).respond_with(refusal).with_priority(6).mount(&server).await;
        let grant = grants(&server, &["com.gym.app", "com.gym.web"]).exchange("c/1", Timestamp::EPOCH).await.unwrap();
        assert_eq!((grant.client.as_str(), grant.refresh_token.expose_secret()), ("com.gym.web", "r"));
        assert!(!format!("{grant:?}").contains("\"r\""), "the token stays out of logs");
    }

    #[rstest]
    #[case(400, r#"{"error":"invalid_grant"}"#, GatewayError::InvalidRequest("invalid_grant".into()))]
    #[case(400, r#"{"error":"invalid_client"}"#, GatewayError::Unauthorized)]
    #[case(401, "", GatewayError::Unauthorized)]
    #[case(400, "<html>", GatewayError::InvalidRequest("status 400".into()))]
    #[case(500, "", GatewayError::Unavailable)]
    #[case(200, r#"{"access_token":"a"}"#, GatewayError::Malformed("missing field `refresh_token` at line 1 column 20".into()))]
    #[tokio::test]
    async fn each_refusal_says_what_can_be_done_and_no_code_is_tried_twice(
        #[case] status: u16,
        #[case] body: &str,
        #[case] error: GatewayError,
    ) {
        let server = answering(status, body).await;
        assert_eq!(grants(&server, &["com.gym.app"]).exchange("c", Timestamp::EPOCH).await.unwrap_err(), error);
    }
}
