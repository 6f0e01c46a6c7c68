//! Rules that hold between settings.

use secrecy::{ExposeSecret, SecretString};

use super::{Problem, Settings};

/// Secrets that stand in some documentation, so everybody knows them.
const KNOWN_SECRETS: [&str; 6] = [
    "your-secret-key",
    "your-super-secret-jwt-key-change-this-in-production",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "change-me-change-me-change-me-change-me",
    "a secret of at least 32 characters",
    "0123456789abcdef0123456789abcdef",
];

const MAKE_ONE: &str = "make one with: openssl rand -hex 32";

/// Every rule that these settings break.
pub(super) fn broken(settings: &Settings) -> Vec<Problem> {
    let mut problems = Vec::new();
    secret_is_strong("JWT_SECRET", settings.identity.jwt_secret.as_ref(), settings.server.debug, &mut problems);
    secret_is_strong("DATA_KEY", settings.identity.data_key.as_ref(), settings.server.debug, &mut problems);
    debug_stays_at_home(settings, &mut problems);
    bucket_is_whole(settings, &mut problems);
    if settings.database.pool_min > settings.database.pool_max {
        problems.push(Problem::new("DB_POOL_MIN", "this is more than DB_POOL_MAX"));
    }
    if settings.server.cors_origins.iter().any(|origin| origin == "*") {
        let message = "* would let every web page act for a logged-in user; name the origins, separated by commas";
        problems.push(Problem::new("CORS_ORIGINS", message));
    }
    if settings.server.job_concurrency == 0 {
        problems.push(Problem::new("JOB_CONCURRENCY", "no job would ever run; set RUN_JOBS=false to run none here"));
    }
    problems
}

fn secret_is_strong(name: &str, secret: Option<&SecretString>, debug: bool, problems: &mut Vec<Problem>) {
    if debug {
        return;
    }
    let Some(secret) = secret else {
        return problems.push(Problem::new(name, format!("this is required without DEBUG=true; {MAKE_ONE}")));
    };
    let secret = secret.expose_secret();
    if secret.chars().count() < 32 {
        problems.push(Problem::new(name, format!("this has fewer than 32 characters; {MAKE_ONE}")));
    } else if KNOWN_SECRETS.contains(&secret) {
        problems.push(Problem::new(name, format!("this is a published example; {MAKE_ONE}")));
    }
}

/// Development mode hands out entitlements for nothing, so it must not meet real customers by mistake.
fn debug_stays_at_home(settings: &Settings, problems: &mut Vec<Problem>) {
    if !settings.server.debug || settings.server.allow_debug_public {
        return;
    }
    let hint = "turn DEBUG off, or set ALLOW_DEBUG_PUBLIC=true if strangers may get everything for nothing";
    if settings.billing.stripe_api_key.as_ref().is_some_and(|key| key.expose_secret().starts_with("sk_live_")) {
        problems.push(Problem::new("STRIPE_API_KEY", format!("a live key with DEBUG=true; {hint}")));
    }
    if settings.server.public_url.as_deref().is_some_and(|url| !is_private(url)) {
        problems.push(Problem::new("PUBLIC_URL", format!("a public address with DEBUG=true; {hint}")));
    }
}

/// Whether a URL's host is this machine or a private network, judged without asking the DNS.
fn is_private(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest).split('/').next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(std::net::IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => {
            host == "localhost" || host.ends_with(".localhost") || host.ends_with(".local") || !host.contains('.')
        }
    }
}

fn bucket_is_whole(settings: &Settings, problems: &mut Vec<Problem>) {
    let media = &settings.media;
    let parts = [
        ("R2_ACCESS_KEY", media.r2_access_key.is_some()),
        ("R2_SECRET_KEY", media.r2_secret_key.is_some()),
        ("R2_ENDPOINT_URL", media.r2_endpoint_url.is_some()),
    ];
    if parts.iter().any(|(_, set)| *set) {
        let missing = parts.iter().filter(|(_, set)| !set);
        problems
            .extend(missing.map(|(name, _)| Problem::new(*name, "this is required when another R2_ setting is there")));
    }
}
