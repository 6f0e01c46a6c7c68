//! An external identity system in the place of, or beside, our own accounts.

use conf::Conf;
use hos_oidc::SignatureAlgorithm;
use secrecy::SecretString;

use super::values::{algorithm, base_url, secret};

/// An external identity system (Supabase, Clerk, Auth0 …) whose access tokens are taken beside our own.
#[derive(Conf, Debug, Clone)]
pub struct ExternalSettings {
    /// Who signs the access tokens, spelled as in their `iss`, with the slash at its end if it has one; takes
    /// `AUTH_JWKS_URL` too.
    #[conf(env = "AUTH_ISSUER")]
    pub issuer: Option<String>,
    /// Where that issuer publishes its keys.
    #[conf(env = "AUTH_JWKS_URL", value_parser = base_url)]
    pub jwks_url: Option<String>,
    /// Whom the tokens must be for (`aud`). Not asked for unless set, which is right only where the issuer serves this
    /// product alone.
    #[conf(env = "AUTH_AUDIENCE")]
    pub audience: Option<String>,
    /// Which algorithms of that issuer are believed, separated by commas. `RS256,ES256` unless set; those with a shared
    /// secret never are.
    #[conf(repeat, env = "AUTH_ALGORITHMS", value_parser = algorithm)]
    pub algorithms: Vec<SignatureAlgorithm>,
    /// Who may have asked for a token (`azp`; Clerk: the origins of the app), separated by commas. Anybody unless set.
    #[conf(repeat, env = "AUTH_AUTHORIZED_PARTIES")]
    pub authorized_parties: Vec<String>,
    /// The signing secrets of the Clerk webhook endpoint (`whsec_…`), separated by commas while rotating. Without one
    /// `/api/v1/webhooks/clerk` refuses everything.
    #[conf(repeat, env = "CLERK_WEBHOOK_SECRET", secret, value_parser = secret)]
    pub clerk_webhook_secret: Vec<SecretString>,
    /// What Supabase's database webhooks on `auth.users` send in the header `x-webhook-secret`, at least 16 characters;
    /// several separated by commas while rotating. Without this and `SUPABASE_HOOK_SECRET` `/api/v1/webhooks/supabase`
    /// refuses everything.
    #[conf(repeat, env = "SUPABASE_WEBHOOK_SECRET", secret, value_parser = secret)]
    pub supabase_webhook_secret: Vec<SecretString>,
    /// The secrets of Supabase's auth hooks (`v1,whsec_…`), which are signed; several separated by commas while rotating.
    #[conf(repeat, env = "SUPABASE_HOOK_SECRET", secret, value_parser = secret)]
    pub supabase_hook_secret: Vec<SecretString>,
}
