//! Where a request comes from. What proxies say is believed only of proxies that the operator trusts.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use hos_domain::identity::Client;
use ipnet::IpNet;

use super::browser::asked_kind;
use crate::error::ApiError;

/// The proxies in front of this server.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(pub(crate) Vec<IpNet>);

impl TrustedProxies {
    /// Whether an address is one of ours.
    pub(crate) fn trusts(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&ip.to_canonical()))
    }

    /// The address of the client behind the proxies: each proxy adds whom it was called by at the end of
    /// `X-Forwarded-For`, so reading from the end the first one that is no proxy of ours is the client. What stands before
    /// it, anybody could have written.
    pub(crate) fn client_ip(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer.to_canonical();
        }
        let lines: Vec<&str> =
            headers.get_all(header::X_FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
        let hops = lines.iter().flat_map(|line| line.split(',')).map(|hop| address(hop.trim()));
        let hops: Vec<Option<IpAddr>> = hops.collect();
        let mut nearest = peer;
        for hop in hops.into_iter().rev() {
            // A proxy of ours that can't name its caller is the last one we know.
            let Some(hop) = hop else { break };
            nearest = hop;
            if !self.trusts(hop) {
                break;
            }
        }
        nearest.to_canonical()
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.parse().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    bare.or_else(with_port).or_else(in_brackets)
}

/// The client behind a request, and how it wants to keep the tokens of a session.
pub(crate) struct FromClient(pub(crate) Client);

impl FromClient {
    /// Where it is.
    pub(crate) fn of(request: &HttpRequest) -> Client {
        let proxies = request.app_data::<Data<TrustedProxies>>();
        let peer = request.peer_addr().map(|peer| peer.ip());
        let ip = peer.map(|peer| match proxies {
            Some(proxies) => proxies.client_ip(peer, request.headers()),
            None => peer.to_canonical(),
        });
        let user_agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Client::new(ip, user_agent)
    }
}

impl FromRequest for FromClient {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(asked_kind(request).map(|kind| Self(Client { kind, ..Self::of(request) })))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::direct("203.0.113.9", &[], "203.0.113.9")]
    #[case::a_stranger_who_says_so("203.0.113.9", &["198.51.100.1"], "203.0.113.9")]
    #[case::one_proxy("10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    #[case::a_client_who_adds_a_line("10.0.0.1", &["1.2.3.4, 198.51.100.1"], "198.51.100.1")]
    #[case::two_proxies("10.0.0.1", &["1.2.3.4, 198.51.100.1, 10.0.0.2"], "198.51.100.1")]
    #[case::two_lines("10.0.0.1", &["1.2.3.4", "198.51.100.1"], "198.51.100.1")]
    #[case::with_a_port("10.0.0.1", &["198.51.100.1:4711"], "198.51.100.1")]
    #[case::ipv6("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case::ipv6_in_brackets("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1")]
    #[case::nonsense("10.0.0.1", &["unknown"], "10.0.0.1")]
    #[case::nonsense_before_a_proxy("10.0.0.1", &["unknown, 10.0.0.2"], "10.0.0.2")]
    #[case::only_proxies("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    #[case::nothing_said("10.0.0.1", &[], "10.0.0.1")]
    #[case::mapped("::ffff:10.0.0.1", &["198.51.100.1"], "198.51.100.1")]
    fn only_a_trusted_proxy_is_believed(#[case] peer: &str, #[case] forwarded: &[&str], #[case] client: &str) {
        let proxies = TrustedProxies(vec!["10.0.0.0/8".parse().unwrap()]);
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append(header::X_FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        assert_eq!(proxies.client_ip(peer.parse().unwrap(), &headers), client.parse::<IpAddr>().unwrap());
    }
}
