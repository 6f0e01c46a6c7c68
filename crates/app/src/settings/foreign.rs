//! Signing in with what others have signed.

use conf::Conf;

use super::values::base_url;

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
