//! Who we are to an authenticator, and from where its answers may come.

use hos_domain::kernel::Invalid;
use url::{Host, Url};
use webauthn_rp::request::{AsciiDomain, RpId};

/// A native app on Android names its signing key in place of a web origin.
const ANDROID: &str = "android:apk-key-hash:";

/// The relying party.
#[derive(Debug)]
pub struct WebAuthn {
    pub(crate) id: RpId,
    pub(crate) name: String,
    pub(crate) origins: Vec<String>,
}

impl WebAuthn {
    /// Keys are made for the domain `rp_id`, and are lost when it changes. `rp_name` is shown to people. `origins` are the
    /// places an answer may come from: `https://` and the domain or one below it, `http://localhost` with a port for
    /// development, or `android:apk-key-hash:` and what follows.
    ///
    /// # Errors
    /// [`Invalid`] with the constraint `rp_id`, `origins` when there is none, or `origin`.
    pub fn new(rp_id: &str, rp_name: &str, origins: &[String]) -> Result<Self, Invalid> {
        let domain =
            domain(rp_id).ok_or_else(|| Invalid::new("rp_id", "This is not a domain like app.example.com."))?;
        if origins.is_empty() {
            return Err(Invalid::new("origins", "This needs at least one origin."));
        }
        let known = |origin: &String| origin_of(origin, domain.as_ref());
        let origins = origins.iter().map(known).collect::<Option<_>>().ok_or_else(|| {
            Invalid::new(
                "origin",
                "This is not an origin like https://app.example.com on the passkeys' domain or below.",
            )
        })?;
        Ok(Self { id: RpId::Domain(domain), name: rp_name.to_owned(), origins })
    }
}

/// The domain in lower case and Punycode, as browsers hash it.
fn domain(rp_id: &str) -> Option<AsciiDomain> {
    match Host::parse(rp_id).ok()? {
        Host::Domain(domain) if is_plain(&domain) => AsciiDomain::try_from(domain).ok(),
        _ => None,
    }
}

/// Parsers of URLs let pass what no certificate is made for, `*.example.com` for one, which would only seem to work.
fn is_plain(domain: &str) -> bool {
    !domain.ends_with('.') && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// The origin as browsers write it, if a browser there would use a key of `domain` at all.
fn origin_of(text: &str, domain: &str) -> Option<String> {
    if text.strip_prefix(ANDROID).is_some_and(|hash| !hash.is_empty()) {
        return Some(text.to_owned());
    }
    let url = Url::parse(text).ok()?;
    let host = url.domain()?;
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let safe =
        url.scheme() == "https" || (url.scheme() == "http" && (host == "localhost" || host.ends_with(".localhost")));
    let origin = url.origin().ascii_serialization();
    // Anything after the origin would be a misunderstanding: it restricts nothing.
    let bare = url.as_str().strip_prefix(&origin) == Some("/");
    (below && safe && bare && is_plain(host)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn party(rp_id: &str, origin: &str) -> Result<WebAuthn, &'static str> {
        WebAuthn::new(rp_id, "Gym", &[origin.to_owned()]).map_err(|invalid| invalid.constraint)
    }

    #[rstest]
    #[case("example.com", "https://example.com", "https://example.com")]
    #[case("Example.COM", "https://APP.example.com:443/", "https://app.example.com")]
    #[case("example.com", "https://example.com:8443", "https://example.com:8443")]
    #[case("bücher.example", "https://bücher.example", "https://xn--bcher-kva.example")]
    #[case("localhost", "http://localhost:3000", "http://localhost:3000")]
    #[case("localhost", "http://app.localhost:3000", "http://app.localhost:3000")]
    #[case("example.com", "android:apk-key-hash:4Qnl_r", "android:apk-key-hash:4Qnl_r")]
    fn an_origin_is_kept_as_browsers_write_it(#[case] rp_id: &str, #[case] origin: &str, #[case] kept: &str) {
        assert_eq!(party(rp_id, origin).unwrap().origins, [kept]);
    }

    #[rstest]
    #[case("http://example.com")]
    #[case("https://example.org")]
    #[case("https://badexample.com")]
    #[case("https://com")]
    #[case("https://example.com/app")]
    #[case("https://example.com?x")]
    #[case("https://ada@example.com")]
    #[case("https://*.example.com")]
    #[case("https://127.0.0.1")]
    #[case("example.com")]
    #[case("android:apk-key-hash:")]
    #[case("")]
    fn an_origin_where_no_browser_would_use_our_keys_is_refused(#[case] origin: &str) {
        assert_eq!(party("example.com", origin).unwrap_err(), "origin");
    }

    #[rstest]
    #[case("")]
    #[case("127.0.0.1")]
    #[case("[::1]")]
    #[case("https://example.com")]
    #[case("example.com:443")]
    #[case("example.com.")]
    #[case("*.example.com")]
    #[case("exa mple.com")]
    fn what_is_no_domain_is_refused(#[case] rp_id: &str) {
        assert_eq!(party(rp_id, "https://example.com").unwrap_err(), "rp_id");
    }

    #[test]
    fn without_an_origin_nothing_would_be_accepted() {
        assert_eq!(WebAuthn::new("example.com", "Gym", &[]).unwrap_err().constraint, "origins");
    }
}
