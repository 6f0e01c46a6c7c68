//! Where a request comes from, as far as it is known.

use std::net::{IpAddr, Ipv6Addr};

use super::SessionKind;

/// The app or browser behind a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Client {
    /// Its address, as the nearest proxy that is trusted saw it; `None` when the product itself acts.
    pub ip: Option<IpAddr>,
    /// What it calls itself; at most 200 characters.
    pub user_agent: Option<String>,
    /// How it wants to keep the tokens of a session that it opens.
    pub kind: SessionKind,
}

impl Client {
    /// A native client at an address. What it calls itself is cut to 200 characters.
    #[must_use]
    pub fn new(ip: Option<IpAddr>, user_agent: Option<&str>) -> Self {
        let user_agent = user_agent.map(|agent| agent.chars().take(200).collect());
        Self { ip, user_agent, kind: SessionKind::Native }
    }

    /// Who counts as one: an IPv4 address, or the /64 of an IPv6 address, of which everybody has more than they can count.
    #[must_use]
    pub fn network(&self) -> Option<IpAddr> {
        self.ip.map(network_of)
    }
}

/// The network that counts as one client.
#[must_use]
pub fn network_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("203.0.113.9", "203.0.113.9")]
    #[case("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    #[case::mapped("::ffff:203.0.113.9", "203.0.113.9")]
    fn a_subscriber_is_one_client_whatever_address_they_draw(#[case] ip: &str, #[case] network: &str) {
        assert_eq!(network_of(ip.parse().unwrap()), network.parse::<IpAddr>().unwrap());
    }
}
