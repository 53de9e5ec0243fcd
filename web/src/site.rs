//! What the site is told about itself and its surroundings.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use archive::Archive;
use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use crawler::{Fetcher, Profiles, ProfilesError};
use url::Url;

/// Where the site is reached.
#[derive(Clone, Debug, Default)]
pub struct Site {
    /// Its public address; the `Host` of each request where it is not given.
    pub public_url: Option<Url>,
    /// Where its operators can be reached: an address of the web or of mail.
    pub contact: Option<String>,
    /// The header in which a proxy before it names the client, as `x-forwarded-for`. Without a
    /// proxy that sets it, clients could name themselves.
    pub client_header: Option<String>,
    /// Where backups that operators order are put.
    pub backups: PathBuf,
}

/// How the portals are asked and read, for operators who look at one.
#[derive(Debug)]
pub struct Portals {
    /// Asks them.
    pub fetcher: Fetcher,
    /// The folder of the operator's own profiles.
    pub profiles: PathBuf,
    /// Whether sources may have private addresses.
    pub allow_private_addresses: bool,
}

impl Portals {
    /// The profiles as they are now: an operator may have written one since.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn profiles(&self) -> Result<Profiles, ProfilesError> {
        Profiles::with_own(&self.profiles)
    }
}

impl Site {
    /// What cookies end in: behind TLS, browsers must not send them without.
    pub(crate) fn secure(&self) -> &'static str {
        match &self.public_url {
            Some(url) if url.scheme() == "https" => "; Secure",
            _ => "",
        }
    }

    /// Who asks. Where a proxy is said to name clients, its word counts (its own entry is the last),
    /// and only from a peer that is in our own network; without it the client is unknown. Else who is
    /// connected.
    pub(crate) fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        // What listens for both kinds of addresses is given those of IPv4 in the form of IPv6.
        let connected = extensions.get::<ConnectInfo<SocketAddr>>();
        let connected = connected.map(|info| info.0.ip().to_canonical());
        let Some(name) = &self.client_header else { return connected };
        if connected.is_none_or(crawler::is_public) {
            return connected;
        }
        let value = headers.get_all(name).into_iter().next_back()?.to_str().ok()?;
        address(value.rsplit(',').next()?.trim())
    }

    /// Whether it is known who asks: a proxy names them, or they are connected from outside. All others
    /// may be a program of ours, or every reader there is, by a proxy that we were not told of.
    pub(crate) fn knows_client(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let client = self.client(headers, extensions);
        client.is_some_and(|one| self.client_header.is_some() || crawler::is_public(one))
    }

    /// Whether a request comes from a program on this machine, and not from a reader through a proxy.
    pub(crate) fn is_local(&self, headers: &HeaderMap, extensions: &Extensions) -> bool {
        let forwarded = ["x-forwarded-for", "x-real-ip", "forwarded", "via"];
        let direct = !forwarded.iter().any(|name| headers.contains_key(*name));
        let client = self.client(headers, extensions);
        self.client_header.is_none() && direct && client.is_some_and(|one| one.is_loopback())
    }

    /// Where backups lie that operators ordered.
    pub(crate) fn backups(&self, archive: &Archive) -> PathBuf {
        match self.backups.as_os_str().is_empty() {
            true => archive.folder().join("backups"),
            false => self.backups.clone(),
        }
    }
}

/// An address as proxies write it, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_matches(['[', ']']);
    let address: Option<IpAddr> =
        bare.parse().ok().or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_proxy_names_clients() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "198.51.100.7, 203.0.113.9".parse().unwrap());
        let mut extensions = Extensions::new();
        let peer: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        extensions.insert(ConnectInfo(peer));
        let direct = Site::default();
        assert_eq!(direct.client(&headers, &extensions), Some(peer.ip()));
        assert!(!direct.knows_client(&headers, &extensions));
        let proxied = Site { client_header: Some("x-forwarded-for".into()), ..Site::default() };
        assert_eq!(proxied.client(&headers, &extensions), "203.0.113.9".parse().ok());
        for (text, client) in [
            ("203.0.113.9:4431", Some("203.0.113.9")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("::ffff:203.0.113.9", Some("203.0.113.9")),
            ("unknown", None),
        ] {
            headers.insert("x-forwarded-for", text.parse().unwrap());
            let client: Option<IpAddr> = client.map(|client| client.parse().unwrap());
            assert_eq!(proxied.client(&headers, &extensions), client, "{text}");
            assert!(!proxied.is_local(&headers, &extensions));
            assert_eq!(proxied.knows_client(&headers, &extensions), client.is_some());
        }
        // One socket may listen for both kinds of addresses.
        extensions.insert(ConnectInfo("[::ffff:127.0.0.1]:5000".parse::<SocketAddr>().unwrap()));
        headers.clear();
        assert!(direct.is_local(&headers, &extensions));
        // Nobody else is believed.
        let stranger: SocketAddr = "8.8.8.8:5000".parse().unwrap();
        extensions.insert(ConnectInfo(stranger));
        assert_eq!(proxied.client(&headers, &extensions), Some(stranger.ip()));
        assert!(direct.knows_client(&headers, &extensions));
    }
}
