//! Who asks, for whatever is shared out among clients.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap};

use crate::App;
use crate::site::Site;

/// An address, of IPv6 the network that one household gets (a /56); `None` for all whom the proxy
/// does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(Option<IpAddr>);

impl Client {
    /// Who sent a request.
    pub(crate) fn of(site: &Site, headers: &HeaderMap, extensions: &Extensions) -> Self {
        Self(site.client(headers, extensions).map(network))
    }

    /// Who has an address.
    pub(crate) fn at(address: IpAddr) -> Self {
        Self(Some(network(address.to_canonical())))
    }
}

impl FromRequestParts<App> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::of(&app.site, &parts.headers, &parts.extensions))
    }
}

/// Of IPv6 the first 56 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 72 << 72)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_client() {
        let at = |address: &str| Client::at(address.parse().unwrap());
        assert_eq!(at("2001:db8:0:12ff::1"), at("2001:db8:0:1200:ffff::2"));
        assert_ne!(at("2001:db8:0:1200::1"), at("2001:db8:0:1300::1"));
        assert_ne!(at("203.0.113.1"), at("203.0.113.2"));
        assert_eq!(at("::ffff:203.0.113.1"), at("203.0.113.1"));
    }
}
