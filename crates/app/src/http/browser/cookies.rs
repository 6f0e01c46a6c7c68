//! The two cookies of a session. `__Host-` makes browsers refuse them from subdomains and without TLS, for which they ask
//! for `Secure` and `Path=/`; so the refresh token comes with each request too, and is read by the routes that need it only.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, Responder};

/// Holds the access token.
pub(crate) const ACCESS_COOKIE: &str = "__Host-hos_access";
/// Holds the refresh token.
pub(crate) const REFRESH_COOKIE: &str = "__Host-hos_refresh";

/// Our cookies in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SentCookies<'a> {
    /// The access token.
    pub(crate) access: Option<&'a str>,
    /// The refresh token.
    pub(crate) refresh: Option<&'a str>,
}

impl<'a> SentCookies<'a> {
    /// Reads them. HTTP/2 may send a header line for each cookie.
    pub(crate) fn of(headers: &'a HeaderMap) -> Self {
        let value = |wanted: &str| {
            let lines = headers.get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
            let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
            pairs.into_iter().find(|(name, value)| *name == wanted && !value.is_empty()).map(|(_, value)| value)
        };
        Self { access: value(ACCESS_COOKIE), refresh: value(REFRESH_COOKIE) }
    }

    /// Whether there is any.
    pub(crate) const fn any(&self) -> bool {
        self.access.is_some() || self.refresh.is_some()
    }
}

/// A line of `Set-Cookie`. Tokens consist of letters, digits, `-`, `_` and dots, so nothing needs to be escaped.
pub(super) fn cookie(name: &str, token: &str, life: Duration) -> String {
    format!("{name}={token}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={}", life.as_secs())
}

/// Takes both cookies away.
pub(crate) fn cleared() -> [HeaderValue; 2] {
    let clear = |name| HeaderValue::from_str(&cookie(name, "", Duration::ZERO));
    [ACCESS_COOKIE, REFRESH_COOKIE].map(|name| clear(name).unwrap_or_else(|_| HeaderValue::from_static("")))
}

/// An answer after which the session is over: a browser that still has its cookies drops them.
pub(crate) struct SignedOut(pub(crate) HttpResponse);

impl SignedOut {
    /// 204.
    pub(crate) fn no_content() -> Self {
        Self(HttpResponse::NoContent().finish())
    }
}

impl Responder for SignedOut {
    type Body = BoxBody;

    fn respond_to(mut self, request: &HttpRequest) -> HttpResponse<BoxBody> {
        if SentCookies::of(request.headers()).any() {
            cleared().into_iter().for_each(|line| self.0.headers_mut().append(header::SET_COOKIE, line));
        }
        self.0
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::both(&["__Host-hos_access=a.b-c; __Host-hos_refresh=ff"], Some("a.b-c"), Some("ff"))]
    #[case::in_two_lines(&["__Host-hos_refresh=ff", "x=y;__Host-hos_access=a"], Some("a"), Some("ff"))]
    #[case::without_the_prefix(&["hos_access=a; __Secure-hos_refresh=ff"], None, None)]
    #[case::cleared(&["__Host-hos_access=; __Host-hos_refresh"], None, None)]
    #[case::others(&["theme=dark; a=__Host-hos_access=b"], None, None)]
    #[case::none(&[], None, None)]
    fn only_our_cookies_are_read(#[case] lines: &[&str], #[case] access: Option<&str>, #[case] refresh: Option<&str>) {
        let request =
            lines.iter().fold(TestRequest::default(), |request, line| request.append_header(("cookie", *line)));
        let request = request.to_http_request();
        let sent = SentCookies::of(request.headers());
        assert_eq!(sent, SentCookies { access, refresh });
        assert_eq!(sent.any(), access.is_some() || refresh.is_some());
    }
}
