//! The configuration: a strict TOML file, and an environment variable for every key.

use std::net::SocketAddr;
use std::path::Path;

use serde::Deserialize;
use url::Url;

use crate::failure::Failure;

/// Where the site listens unless told otherwise.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7880);

/// What can be configured.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) crawler: Crawler,
    pub(crate) mail: Mail,
    pub(crate) web: Web,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Crawler {
    /// Whether sources may have private and loopback addresses.
    /// Environment: `LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES`.
    pub(crate) allow_private_addresses: bool,
    /// Where a portal's operator can reach us; named in the user agent.
    /// Environment: `LOA_CRAWLER_CONTACT`.
    pub(crate) contact: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    /// Where the site listens. Environment: `LOA_WEB_LISTEN`.
    pub(crate) listen: SocketAddr,
    /// Where readers reach the site, which mails and webhooks name: `https://loaphuong.example`.
    /// The address it listens on, where it is not given. Environment: `LOA_WEB_PUBLIC_URL`.
    pub(crate) public_url: Option<Url>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// The server that takes mails: `smtp://localhost:25`, `smtps://user:password@host`.
    /// No mail is sent where it is not given. Environment: `LOA_MAIL_SERVER`.
    pub(crate) server: Option<String>,
    /// Whom mails come from: `Loa Phường <bao-tin@loaphuong.example>`.
    /// Environment: `LOA_MAIL_FROM`.
    pub(crate) from: Option<String>,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: LISTEN, public_url: None }
    }
}

impl Config {
    /// Reads the file, if one is given, then the environment, which wins.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let mut config = match file {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| {
                    Failure::usage(format!("cannot read configuration {}: {error}", path.display()))
                })?;
                toml::from_str(&text).map_err(|error| Failure::toml(path, &text, &error))?
            }
        };
        config.overlay(|name| std::env::var(name).ok())?;
        Ok(config)
    }

    fn overlay(&mut self, variable: impl Fn(&str) -> Option<String>) -> Result<(), Failure> {
        fn set<T: std::str::FromStr>(
            key: &mut T,
            name: &str,
            form: &str,
            value: Option<String>,
        ) -> Result<(), Failure> {
            let Some(value) = value else { return Ok(()) };
            *key = value.parse().map_err(|_| {
                Failure::usage(format!("the environment's {name} is `{value}`, but must be {form}"))
            })?;
            Ok(())
        }
        let name = "LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES";
        set(&mut self.crawler.allow_private_addresses, name, "true or false", variable(name))?;
        let name = "LOA_WEB_LISTEN";
        set(&mut self.web.listen, name, "an address as 127.0.0.1:7880", variable(name))?;
        if let Some(url) = variable("LOA_WEB_PUBLIC_URL") {
            self.web.public_url = Some(url.parse().map_err(|_| {
                Failure::usage(format!(
                    "the environment's LOA_WEB_PUBLIC_URL is `{url}`, but must be an address as \
                     https://loaphuong.example"
                ))
            })?);
        }
        for (key, name) in [
            (&mut self.crawler.contact, "LOA_CRAWLER_CONTACT"),
            (&mut self.mail.server, "LOA_MAIL_SERVER"),
            (&mut self.mail.from, "LOA_MAIL_FROM"),
        ] {
            if let Some(value) = variable(name) {
                *key = Some(value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_an_error() {
        assert!(toml::from_str::<Config>("[crawler]\nallow_private_adresses = true").is_err());
    }

    #[test]
    fn the_environment_wins_and_must_have_its_form() {
        let mut config = Config::default();
        let with = |value: &'static str| {
            move |name: &str| {
                (name == "LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES").then(|| value.to_owned())
            }
        };
        config.overlay(with("true")).unwrap();
        assert!(config.crawler.allow_private_addresses);
        assert!(config.overlay(with("yes please")).is_err());
    }
}
