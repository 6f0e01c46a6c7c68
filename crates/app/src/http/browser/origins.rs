//! Whose pages may change something with a browser's cookies.

use actix_web::http::header::{self, HeaderMap};
use url::Url;

/// The origins of our pages.
#[derive(Debug, Clone)]
pub(crate) struct Origins(Vec<String>);

impl Origins {
    /// Our own and those that the settings name.
    pub(crate) fn new(public_url: &str, named: &[String]) -> Self {
        let own = Url::parse(public_url).ok().map(|url| url.origin().ascii_serialization());
        Self(own.into_iter().chain(named.iter().cloned()).collect())
    }

    /// Whether a request that changes something comes from one of our pages. Browsers name the origin with each such
    /// request (RFC 6454, 7.3); where something on the way took it out, what the browser says of the site itself counts.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN);
        match (origins.next(), origins.next()) {
            (Some(origin), None) => self.0.iter().any(|own| own.as_bytes() == origin.as_bytes()),
            (None, _) => headers.get("sec-fetch-site").is_some_and(|site| site.as_bytes() == b"same-origin"),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::our_own(&[("origin", "https://gym.example")], true)]
    #[case::a_named_one(&[("origin", "https://app.gym.example:8443")], true)]
    #[case::a_foreign_one(&[("origin", "https://evil.example")], false)]
    #[case::one_that_begins_like_ours(&[("origin", "https://gym.example.evil.example")], false)]
    #[case::without_tls(&[("origin", "http://gym.example")], false)]
    #[case::another_port(&[("origin", "https://app.gym.example")], false)]
    #[case::a_sandboxed_frame(&[("origin", "null")], false)]
    #[case::a_foreign_one_whatever_else_is_said(&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], false)]
    #[case::two(&[("origin", "https://gym.example"), ("origin", "https://evil.example")], false)]
    #[case::none(&[], false)]
    #[case::none_from_our_page(&[("sec-fetch-site", "same-origin")], true)]
    #[case::none_from_a_subdomain(&[("sec-fetch-site", "same-site")], false)]
    #[case::none_from_elsewhere(&[("sec-fetch-site", "cross-site")], false)]
    #[case::none_typed_by_the_user(&[("sec-fetch-site", "none")], false)]
    fn only_pages_of_ours_change_something(#[case] headers: &[(&str, &str)], #[case] admitted: bool) {
        let origins = Origins::new("https://gym.example/base", &["https://app.gym.example:8443".to_owned()]);
        let request = headers.iter().fold(TestRequest::default(), |request, header| request.append_header(*header));
        assert_eq!(origins.admit(request.to_http_request().headers()), admitted);
    }
}
