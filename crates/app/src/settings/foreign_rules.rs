//! Rules that hold between the settings of parties who vouch for users.

use secrecy::{ExposeSecret, SecretString};

use super::{Problem, Settings};

/// A shorter secret in a header could be guessed.
const SHORTEST_SECRET: usize = 16;

/// Every rule about them that these settings break.
pub(super) fn broken(settings: &Settings, problems: &mut Vec<Problem>) {
    let (foreign, external) = (&settings.foreign, &settings.external);
    let oidc = [
        ("OIDC_ISSUER", foreign.oidc_issuer.is_some()),
        ("OIDC_JWKS_URL", foreign.oidc_jwks_url.is_some()),
        ("OIDC_CLIENT_IDS", !foreign.oidc_client_ids.is_empty()),
    ];
    whole(&oidc, "this goes with the other settings OIDC_…", problems);
    let apple = [
        ("APPLE_TEAM_ID", foreign.apple_team_id.is_some()),
        ("APPLE_KEY_ID", foreign.apple_key_id.is_some()),
        ("APPLE_PRIVATE_KEY", foreign.apple_private_key.is_some()),
    ];
    whole(&apple, "APPLE_TEAM_ID, APPLE_KEY_ID and APPLE_PRIVATE_KEY go together", problems);
    if foreign.apple_team_id.is_some() && foreign.apple_client_ids.is_empty() {
        problems.push(Problem::new("APPLE_CLIENT_IDS", "the key APPLE_PRIVATE_KEY is for these"));
    }
    let ours = [("AUTH_ISSUER", external.issuer.is_some()), ("AUTH_JWKS_URL", external.jwks_url.is_some())];
    whole(&ours, "AUTH_ISSUER and AUTH_JWKS_URL go together", problems);
    let about_its_users = [
        ("AUTH_AUDIENCE", external.audience.is_some()),
        ("AUTH_ALGORITHMS", !external.algorithms.is_empty()),
        ("AUTH_AUTHORIZED_PARTIES", !external.authorized_parties.is_empty()),
        ("CLERK_WEBHOOK_SECRET", !external.clerk_webhook_secret.is_empty()),
        ("SUPABASE_WEBHOOK_SECRET", !external.supabase_webhook_secret.is_empty()),
        ("SUPABASE_HOOK_SECRET", !external.supabase_hook_secret.is_empty()),
    ];
    if external.issuer.is_none() && external.jwks_url.is_none() {
        let alone = about_its_users.into_iter().filter(|(_, set)| *set);
        problems.extend(alone.map(|(name, _)| Problem::new(name, "this is about the users of AUTH_ISSUER; name it")));
    }
    let short = |secret: &SecretString| secret.expose_secret().chars().count() < SHORTEST_SECRET;
    if external.supabase_webhook_secret.iter().any(short) {
        let message = "one of these has fewer than 16 characters; make one with: openssl rand -hex 32";
        problems.push(Problem::new("SUPABASE_WEBHOOK_SECRET", message));
    }
}

/// Settings that make sense only together.
fn whole(parts: &[(&'static str, bool)], message: &'static str, problems: &mut Vec<Problem>) {
    if parts.iter().any(|(_, set)| *set) {
        let missing = parts.iter().filter(|(_, set)| !set);
        problems.extend(missing.map(|(name, _)| Problem::new(*name, message)));
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::{Settings, sources};

    const SECRET: &str = "0123456789abcdef";

    #[rstest]
    #[case::nothing(&[], &[])]
    #[case::half_an_issuer(&["AUTH_ISSUER"], &["AUTH_JWKS_URL"])]
    #[case::the_other_half(&["AUTH_JWKS_URL"], &["AUTH_ISSUER"])]
    #[case::an_issuer(&["AUTH_ISSUER", "AUTH_JWKS_URL"], &[])]
    #[case::news_of_nobody(&["CLERK_WEBHOOK_SECRET"], &["CLERK_WEBHOOK_SECRET"])]
    #[case::news(&["AUTH_ISSUER", "AUTH_JWKS_URL", "SUPABASE_WEBHOOK_SECRET"], &[])]
    #[case::half_a_key(&["APPLE_CLIENT_IDS", "APPLE_KEY_ID"], &["APPLE_TEAM_ID", "APPLE_PRIVATE_KEY"])]
    #[case::a_key_for_nobody(&["APPLE_TEAM_ID", "APPLE_KEY_ID", "APPLE_PRIVATE_KEY"], &["APPLE_CLIENT_IDS"])]
    #[case::half_a_provider(&["OIDC_ISSUER", "OIDC_JWKS_URL"], &["OIDC_CLIENT_IDS"])]
    fn who_vouches_is_named_whole_or_not_at_all(#[case] set: &[&str], #[case] at_fault: &[&str]) {
        let value =
            |name: &str| if name.ends_with("URL") { "https://id.example".to_owned() } else { SECRET.to_owned() };
        let mut pairs: Vec<_> = set.iter().map(|name| ((*name).to_owned(), value(name))).collect();
        pairs.push(("DEBUG".to_owned(), "true".to_owned()));
        let found = Settings::load(pairs).err().map(|problems| problems.0).unwrap_or_default();
        assert_eq!(found.into_iter().map(|problem| problem.name).collect::<Vec<_>>(), at_fault);
    }

    #[rstest]
    #[case("AUTH_ALGORITHMS", "RS256,HS256")]
    #[case("AUTH_ALGORITHMS", "none")]
    #[case("APPLE_REDIRECT_URIS", "https://gym.example/back")]
    fn what_nobody_may_mean_can_not_be_read(#[case] name: &str, #[case] value: &str) {
        let (_, problems) = sources::read([(name.to_owned(), value.to_owned())]);
        assert_eq!(problems.into_iter().map(|problem| problem.name).collect::<Vec<_>>(), [name]);
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_refused() {
        let pairs = [("DEBUG", "true"), ("AUTH_ISSUER", "i"), ("AUTH_JWKS_URL", "https://id.example")];
        let pairs = pairs.into_iter().chain([("SUPABASE_WEBHOOK_SECRET", "0123456789abcdef,hunter2")]);
        let problems = Settings::load(pairs.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap_err();
        assert_eq!(problems.0.len(), 1);
        assert!(!problems.to_string().contains("hunter2"));
    }
}
