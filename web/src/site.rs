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

    /// Who asks: as the proxy says where there is one (its own entry is the last), else who is
    /// connected.
    pub(crate) fn client(&self, headers: &HeaderMap, extensions: &Extensions) -> Option<IpAddr> {
        let named = self.client_header.as_ref().and_then(|name| {
            let value = headers.get_all(name).into_iter().next_back()?.to_str().ok()?;
            value.rsplit(',').next()?.trim().parse().ok()
        });
        let connected = extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        named.or(connected)
    }

    /// Where backups lie that operators ordered.
    pub(crate) fn backups(&self, archive: &Archive) -> PathBuf {
        match self.backups.as_os_str().is_empty() {
            true => archive.folder().join("backups"),
            false => self.backups.clone(),
        }
    }
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
        let proxied = Site { client_header: Some("x-forwarded-for".into()), ..Site::default() };
        assert_eq!(proxied.client(&headers, &extensions), "203.0.113.9".parse().ok());
    }
}
