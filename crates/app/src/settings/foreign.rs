//! Signing in with what others have signed.

use conf::Conf;
use secrecy::SecretString;

use super::values::{base_url, client_address, secret};

/// Signing in with Google, Apple, or any OpenID provider.
#[derive(Conf, Debug, Clone)]
pub struct ForeignSettings {
    /// Our client ids with Google, separated by commas; turns sign-in with Google on. Apps ask for tokens for the web
    /// client's id.
    #[conf(repeat, env = "GOOGLE_CLIENT_IDS")]
    pub google_client_ids: Vec<String>,
    /// Where Google's keys are, if not at Google: for tests.
    #[conf(env = "GOOGLE_BASE_URL", value_parser = base_url)]
    pub google_base_url: Option<String>,
    /// Our bundle ids and services ids with Apple, separated by commas; turns sign-in with Apple on. Apple's
    /// server-to-server notifications go to `/api/v1/webhooks/apple/identity`.
    #[conf(repeat, env = "APPLE_CLIENT_IDS")]
    pub apple_client_ids: Vec<String>,
    /// The team's id with Apple (ten characters). With `APPLE_KEY_ID` and `APPLE_PRIVATE_KEY` the authorization codes of
    /// sign-ins are turned into grants, which are given back when an account is deleted, as the App Store demands.
    #[conf(env = "APPLE_TEAM_ID")]
    pub apple_team_id: Option<String>,
    /// The id of a key for Sign in with Apple (ten characters).
    #[conf(env = "APPLE_KEY_ID")]
    pub apple_key_id: Option<String>,
    /// That key: the text of the `.p8` file. Name the file as `APPLE_PRIVATE_KEY_FILE`.
    #[conf(env = "APPLE_PRIVATE_KEY", secret, value_parser = secret)]
    pub apple_private_key: Option<SecretString>,
    /// Where the web sends its users back to from Apple, per services id, separated by commas:
    /// `com.example.web=https://app.example.com/back`. Apps have none.
    #[conf(repeat, env = "APPLE_REDIRECT_URIS", value_parser = client_address)]
    pub apple_redirect_uris: Vec<(String, String)>,
    /// Where Apple's keys are, if not at Apple: for tests.
    #[conf(env = "APPLE_BASE_URL", value_parser = base_url)]
    pub apple_base_url: Option<String>,
    /// Another OpenID provider, spelled as in its tokens; takes `OIDC_JWKS_URL` and `OIDC_CLIENT_IDS` too.
    #[conf(env = "OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// Where that provider's keys are.
    #[conf(env = "OIDC_JWKS_URL", value_parser = base_url)]
    pub oidc_jwks_url: Option<String>,
    /// Our client ids with that provider, separated by commas.
    #[conf(repeat, env = "OIDC_CLIENT_IDS")]
    pub oidc_client_ids: Vec<String>,
}
