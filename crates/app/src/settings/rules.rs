//! Rules that hold between settings.

use std::net::Ipv4Addr;

use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::{Problem, Settings, foreign_rules};

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
    let identity = &settings.identity;
    if identity.jwt_private_key.is_none() || identity.jwt_secret.is_some() {
        secret_is_strong("JWT_SECRET", identity.jwt_secret.as_ref(), settings.server.debug, &mut problems);
    }
    secret_is_strong("DATA_KEY", settings.identity.data_key.as_ref(), settings.server.debug, &mut problems);
    debug_stays_at_home(settings, &mut problems);
    bucket_is_whole(settings, &mut problems);
    razorpay_is_whole(settings, &mut problems);
    if settings.database.pool_min > settings.database.pool_max {
        problems.push(Problem::new("DB_POOL_MIN", "this is more than DB_POOL_MAX"));
    }
    if settings.server.cors_origins.iter().any(|origin| origin == "*") {
        let message = "* would let every web page act for a logged-in user; name the origins, separated by commas";
        problems.push(Problem::new("CORS_ORIGINS", message));
    }
    let no_origins = settings.server.cors_origins.iter().filter(|origin| *origin != "*" && !is_origin(origin));
    problems.extend(no_origins.map(|origin| {
        let message =
            format!("browsers never send {origin:?}; write scheme, host and port only, as https://app.example.com");
        Problem::new("CORS_ORIGINS", message)
    }));
    foreign_rules::broken(settings, &mut problems);
    if settings.server.job_concurrency == 0 {
        problems.push(Problem::new("JOB_CONCURRENCY", "no job would ever run; set RUN_JOBS=false to run none here"));
    }
    problems
}

/// Whether this is how browsers write an origin (RFC 6454, 6.2); the shells of some apps have schemes of their own.
fn is_origin(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    url.host_str().is_some_and(|host| text == format!("{}://{host}{port}", url.scheme()))
}

/// A key is an id and a secret. A webhook needs the id too: nothing else says whether its events are tests.
fn razorpay_is_whole(settings: &Settings, problems: &mut Vec<Problem>) {
    let billing = &settings.billing;
    let (id, secret) = (billing.razorpay_key_id.is_some(), billing.razorpay_key_secret.is_some());
    if !id && (secret || !billing.razorpay_webhook_secret.is_empty()) {
        problems.push(Problem::new("RAZORPAY_KEY_ID", "this goes with the other settings RAZORPAY_…"));
    }
    if id && !secret {
        problems.push(Problem::new("RAZORPAY_KEY_SECRET", "this goes with RAZORPAY_KEY_ID"));
    }
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
    if settings.billing.stripe_api_key.as_ref().is_some_and(|key| key.expose_secret().contains("k_live_")) {
        problems.push(Problem::new("STRIPE_API_KEY", format!("a live key with DEBUG=true; {hint}")));
    }
    if settings.billing.razorpay_key_id.as_ref().is_some_and(|key| key.contains("rzp_live_")) {
        problems.push(Problem::new("RAZORPAY_KEY_ID", format!("a live key with DEBUG=true; {hint}")));
    }
    if settings.server.public_url.as_deref().is_some_and(|url| !is_private(url)) {
        problems.push(Problem::new("PUBLIC_URL", format!("a public address with DEBUG=true; {hint}")));
    }
}

/// Whether a URL's host is this machine or a private network, judged without asking the DNS.
fn is_private(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    match url.host() {
        Some(Host::Ipv4(ip)) => is_private_v4(ip),
        Some(Host::Ipv6(ip)) => match ip.to_ipv4_mapped() {
            Some(ip) => is_private_v4(ip),
            None => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
        },
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local") || !name.contains('.')
        }
        None => false,
    }
}

const fn is_private_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
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

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const STRONG: &str = "0f3c5a8e9b7d4216a0e1c2d3f4b5968778695a4b3c2d1e0f";

    /// The variables at fault.
    fn faults(environment: &[(&str, &str)]) -> Vec<String> {
        let pairs = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (settings, unreadable) = super::super::sources::read(pairs);
        assert_eq!(unreadable, []);
        broken(&settings.unwrap()).into_iter().map(|problem| problem.name).collect()
    }

    /// The same on top of settings with which a production server starts.
    fn faults_in_production(more: &[(&str, &str)]) -> Vec<String> {
        faults(&[&[("DEBUG", "false"), ("JWT_SECRET", STRONG), ("DATA_KEY", STRONG)], more].concat())
    }

    fn faults_in_debug(more: &[(&str, &str)]) -> Vec<String> {
        faults(&[&[("DEBUG", "true")], more].concat())
    }

    #[test]
    fn development_needs_nothing_and_production_two_secrets() {
        assert_eq!(faults_in_debug(&[]), [""; 0]);
        assert_eq!(faults_in_production(&[]), [""; 0]);
        assert_eq!(faults(&[("DEBUG", "false")]), ["JWT_SECRET", "DATA_KEY"]);
    }

    #[rstest]
    #[case::of_31_characters("0f3c5a8e9b7d4216a0e1c2d3f4b5968", true)]
    #[case::of_32_characters("0f3c5a8e9b7d4216a0e1c2d3f4b59687", false)]
    #[case::of_16_characters_in_32_bytes("éèêëéèêëéèêëéèêë", true)]
    fn a_secret_has_at_least_32_characters_in_production(
        #[case] secret: &str,
        #[case] refused: bool,
        #[values("JWT_SECRET", "DATA_KEY")] name: &str,
    ) {
        let other = if name == "JWT_SECRET" { "DATA_KEY" } else { "JWT_SECRET" };
        let found = faults(&[("DEBUG", "false"), (other, STRONG), (name, secret)]);
        assert_eq!(found, if refused { vec![name] } else { vec![] });
        assert_eq!(faults_in_debug(&[(name, secret)]), [""; 0]);
    }

    #[test]
    fn a_secret_that_stands_in_some_documentation_is_refused_however_long_it_is() {
        for known in KNOWN_SECRETS {
            assert_eq!(faults(&[("DEBUG", "false"), ("JWT_SECRET", known), ("DATA_KEY", STRONG)]), ["JWT_SECRET"]);
        }
    }

    const RAZORPAY: [&str; 3] = ["RAZORPAY_KEY_ID", "RAZORPAY_KEY_SECRET", "RAZORPAY_WEBHOOK_SECRET"];

    #[rstest]
    #[case::nothing(&[], &[])]
    #[case::a_key(&[0, 1], &[])]
    #[case::a_key_and_a_webhook(&[0, 1, 2], &[])]
    #[case::an_id_alone(&[0], &["RAZORPAY_KEY_SECRET"])]
    #[case::a_secret_alone(&[1], &["RAZORPAY_KEY_ID"])]
    #[case::a_webhook_alone(&[2], &["RAZORPAY_KEY_ID"])]
    fn razorpay_is_set_up_whole_or_not_at_all(#[case] given: &[usize], #[case] faults: &[&str]) {
        let given: Vec<_> = given.iter().map(|nth| (RAZORPAY[*nth], "rzp_test_1")).collect();
        assert_eq!(faults_in_debug(&given), faults);
    }

    #[test]
    fn a_live_key_of_razorpay_is_refused_with_debug_unless_strangers_may_see_it() {
        let key = [("RAZORPAY_KEY_ID", "rzp_live_1"), ("RAZORPAY_KEY_SECRET", "secret")];
        assert_eq!(faults_in_debug(&key), ["RAZORPAY_KEY_ID"]);
        assert_eq!(faults_in_debug(&[&key[..], &[("ALLOW_DEBUG_PUBLIC", "true")]].concat()), [""; 0]);
        assert_eq!(faults_in_production(&key), [""; 0]);
    }

    #[rstest]
    #[case::a_live_key("STRIPE_API_KEY", "sk_live_1", true)]
    #[case::a_test_key("STRIPE_API_KEY", "sk_test_1", false)]
    #[case::a_public_address("PUBLIC_URL", "https://app.example.com", true)]
    #[case::a_private_address("PUBLIC_URL", "http://192.168.1.20:8080", false)]
    fn debug_stays_at_home_unless_strangers_may_see_it(#[case] name: &str, #[case] value: &str, #[case] refused: bool) {
        assert_eq!(faults_in_debug(&[(name, value)]), if refused { vec![name] } else { vec![] });
        assert_eq!(faults_in_debug(&[(name, value), ("ALLOW_DEBUG_PUBLIC", "true")]), [""; 0]);
        assert_eq!(faults_in_production(&[(name, value)]), [""; 0]);
    }

    #[rstest]
    #[case("http://localhost")]
    #[case("http://localhost:8080/path.html")]
    #[case("http://app.localhost")]
    #[case("https://macbook.local:8443")]
    #[case("http://api:8080")]
    #[case("http://127.0.0.1:8080")]
    #[case("http://127.9.9.9")]
    #[case("http://10.255.0.1")]
    #[case("http://172.16.0.1")]
    #[case("http://172.31.255.255")]
    #[case("http://192.168.0.1")]
    #[case("http://169.254.10.10")]
    #[case("http://[::1]:8080")]
    #[case("http://[fc00::1]")]
    #[case("http://[fdff:ffff::1]:8080/x")]
    fn this_machine_and_private_networks_are_private(#[case] url: &str) {
        assert!(is_private(url));
    }

    #[rstest]
    #[case("https://example.com")]
    #[case("https://localhost.example.com")]
    #[case("https://notlocalhost.dev")]
    #[case("https://example.com/localhost")]
    #[case("https://10.0.0.1.example.com")]
    #[case("http://8.8.8.8:8080")]
    #[case("http://9.255.255.255")]
    #[case("http://172.15.255.255")]
    #[case("http://172.32.0.0")]
    #[case("http://192.169.0.1")]
    #[case("http://[2606:4700::1111]:8080")]
    #[case("http://[fe00::1]")]
    #[case::another_users_name("http://localhost:1@example.com")]
    #[case::a_number("http://134744072")]
    #[case::a_query("http://example.com?localhost")]
    #[case::no_url("localhost")]
    fn everything_else_is_public(#[case] url: &str) {
        assert!(!is_private(url));
    }

    #[rstest]
    #[case::none(&[], &[])]
    #[case::all(&["R2_ACCESS_KEY", "R2_SECRET_KEY", "R2_ENDPOINT_URL"], &[])]
    #[case::only_the_id(&["R2_ACCESS_KEY"], &["R2_SECRET_KEY", "R2_ENDPOINT_URL"])]
    #[case::no_secret(&["R2_ACCESS_KEY", "R2_ENDPOINT_URL"], &["R2_SECRET_KEY"])]
    #[case::only_the_endpoint(&["R2_ENDPOINT_URL"], &["R2_ACCESS_KEY", "R2_SECRET_KEY"])]
    fn a_bucket_is_whole_or_not_there(#[case] set: &[&str], #[case] missing: &[&str]) {
        let pairs: Vec<_> = set.iter().map(|name| (*name, "https://bucket.example.com")).collect();
        assert_eq!(faults_in_debug(&pairs), missing);
    }

    #[rstest]
    #[case::more_idle_than_open(&[("DB_POOL_MIN", "9"), ("DB_POOL_MAX", "8")], &["DB_POOL_MIN"])]
    #[case::as_many_idle_as_open(&[("DB_POOL_MIN", "8"), ("DB_POOL_MAX", "8")], &[])]
    #[case::any_origin(&[("CORS_ORIGINS", "https://app.example.com,*")], &["CORS_ORIGINS"])]
    #[case::two_origins(&[("CORS_ORIGINS", "https://app.example.com,https://example.com")], &[])]
    #[case::an_origin_with_a_port(&[("CORS_ORIGINS", "http://localhost:5173,capacitor://localhost")], &[])]
    #[case::an_origin_with_a_slash(&[("CORS_ORIGINS", "https://app.example.com/")], &["CORS_ORIGINS"])]
    #[case::an_origin_with_a_path(&[("CORS_ORIGINS", "https://app.example.com/app")], &["CORS_ORIGINS"])]
    #[case::an_origin_with_its_usual_port(&[("CORS_ORIGINS", "https://app.example.com:443")], &["CORS_ORIGINS"])]
    #[case::a_bare_host(&[("CORS_ORIGINS", "app.example.com")], &["CORS_ORIGINS"])]
    #[case::no_origin_at_all(&[("CORS_ORIGINS", "null")], &["CORS_ORIGINS"])]
    #[case::no_worker(&[("JOB_CONCURRENCY", "0")], &["JOB_CONCURRENCY"])]
    #[case::one_worker(&[("JOB_CONCURRENCY", "1")], &[])]
    fn settings_that_contradict_each_other_are_refused(#[case] pairs: &[(&str, &str)], #[case] at_fault: &[&str]) {
        assert_eq!(faults_in_debug(pairs), at_fault);
    }

    #[test]
    fn every_broken_rule_is_reported_at_once_and_no_secret_is_quoted() {
        let weak = [("DEBUG", "false"), ("JWT_SECRET", "hunter2"), ("DATA_KEY", STRONG), ("JOB_CONCURRENCY", "0")];
        let pairs = weak.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let problems = Settings::load(pairs).unwrap_err();
        let names: Vec<_> = problems.0.iter().map(|problem| problem.name.as_str()).collect();
        assert_eq!(names, ["JWT_SECRET", "JOB_CONCURRENCY"]);
        assert!(!problems.to_string().contains("hunter2"));
    }
}
