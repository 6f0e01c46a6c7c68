//! How the texts of settings become values. An error says what would be right.

use std::convert::Infallible;
use std::net::IpAddr;
use std::time::Duration;

use hos_domain::kernel::CountryCode;
use hos_oidc::SignatureAlgorithm;
use ipnet::IpNet;
use secrecy::SecretString;
use tracing_subscriber::EnvFilter;

/// `true`, `on`, `yes`, `1` and their opposites.
pub(super) fn switch(text: &str) -> Result<bool, &'static str> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err("this is neither true nor false"),
    }
}

/// Any text, kept out of logs.
pub(super) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.to_owned().into())
}

/// Whole seconds.
pub(super) fn seconds(text: &str) -> Result<Duration, &'static str> {
    text.trim().parse().map(Duration::from_secs).map_err(|_| "this is not a whole number of seconds")
}

/// A base URL without a slash at its end.
pub(super) fn base_url(text: &str) -> Result<String, &'static str> {
    let url = text.trim().trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => Ok(url.to_owned()),
        _ => Err("this is not a URL that starts with http:// or https://"),
    }
}

/// What is logged: a level, or several directives.
pub(super) fn log_directives(text: &str) -> Result<String, &'static str> {
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => {
            Err("this is neither a level (error, warn, info, debug, trace) nor directives such as info,hos_sql=debug")
        }
    }
}

/// Between 0 and 1.
pub(super) fn fraction(text: &str) -> Result<f32, &'static str> {
    match text.trim().parse::<f32>() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("this is not a number between 0 and 1"),
    }
}

/// A country and an age, as `US:13`.
pub(super) fn country_age(text: &str) -> Result<(String, u32), &'static str> {
    let wrong = "this is not a country and an age such as US:13";
    let (country, age) = text.trim().split_once(':').ok_or(wrong)?;
    let country = CountryCode::parse(country).map_err(|_| wrong)?;
    Ok((country.as_str().to_owned(), age.parse().map_err(|_| wrong)?))
}

/// A signature algorithm with a public key.
pub(super) fn algorithm(text: &str) -> Result<SignatureAlgorithm, &'static str> {
    SignatureAlgorithm::from_name(text.trim()).ok_or("this is no algorithm with a public key, such as RS256 or ES256")
}

/// A client id and an address, as `com.example.web=https://app.example.com/back`.
pub(super) fn client_address(text: &str) -> Result<(String, String), &'static str> {
    let wrong = "this is not a services id and an address such as com.example.web=https://app.example.com/back";
    let (client, address) = text.trim().split_once('=').ok_or(wrong)?;
    if client.is_empty() || !address.starts_with("https://") { Err(wrong) } else { Ok((client.into(), address.into())) }
}

/// A network, as `10.0.0.0/8`, or a single address.
pub(super) fn network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    let single = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| single()).map_err(|_| "this is neither an address nor a network such as 10.0.0.0/8")
}
