//! The configuration: a strict TOML file, and an environment variable for every key. One table says
//! what there is; the reference in `docs/configuration.md` is printed from it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

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
    pub(crate) backup: Backup,
    pub(crate) crawler: Crawler,
    pub(crate) log: Log,
    pub(crate) mail: Mail,
    pub(crate) web: Web,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Backup {
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Crawler {
    pub(crate) allow_private_addresses: bool,
    pub(crate) contact: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// An object a line.
    Json,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) server: Option<String>,
    pub(crate) from: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    pub(crate) listen: SocketAddr,
    pub(crate) public_url: Option<Url>,
    pub(crate) client_header: Option<String>,
    pub(crate) contact: Option<String>,
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: LISTEN, public_url: None, client_header: None, contact: None }
    }
}

impl FromStr for LogFormat {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(()),
        }
    }
}

/// A key of the configuration.
pub(crate) struct Key {
    /// Its table and name: `web.listen`.
    pub(crate) name: &'static str,
    /// What its values are like.
    pub(crate) form: &'static str,
    /// What holds where it is not given.
    pub(crate) default: &'static str,
    /// A value as TOML has it.
    pub(crate) example: &'static str,
    /// What it is for.
    pub(crate) about: &'static str,
    set: fn(&mut Config, &str) -> Option<()>,
}

/// Every key there is.
pub(crate) const KEYS: [Key; 10] = [
    Key {
        name: "backup.folder",
        form: "a folder",
        default: "`backups` in the data folder",
        example: "\"/var/backups/loaphuong\"",
        about: "Where backups that operators order on the site are put; better on another disk.",
        set: |config, text| put(&mut config.backup.folder, text),
    },
    Key {
        name: "crawler.allow_private_addresses",
        form: "true or false",
        default: "`false`",
        example: "false",
        about: "Whether sources may have private and loopback addresses, and any port. For \
                one's own portals and for tests only: with it, a portal could lead the crawler into \
                your network.",
        set: |config, text| put(&mut config.crawler.allow_private_addresses, text),
    },
    Key {
        name: "crawler.contact",
        form: "an address of the web or of mail",
        default: "none",
        example: "\"https://loaphuong.example/lien-he\"",
        about: "Where a portal's operator can reach you; named in the user agent of every request.",
        set: |config, text| put_some(&mut config.crawler.contact, text),
    },
    Key {
        name: "log.format",
        form: "text or json",
        default: "`text`",
        example: "\"json\"",
        about: "How the log is written to standard error: lines for people, or an object a line.",
        set: |config, text| put(&mut config.log.format, text),
    },
    Key {
        name: "mail.from",
        form: "a mailbox",
        default: "none",
        example: "\"Loa Phường <bao-tin@loaphuong.example>\"",
        about: "Whom mails to subscribers come from; needed with `mail.server`.",
        set: |config, text| put_some(&mut config.mail.from, text),
    },
    Key {
        name: "mail.server",
        form: "an SMTP address",
        default: "none: no mail is sent",
        example: "\"smtp://localhost:25\"",
        about: "The server that takes mails: `smtp://localhost:25`, `smtps://user:password@host`.",
        set: |config, text| put_some(&mut config.mail.server, text),
    },
    Key {
        name: "web.client_header",
        form: "the name of a header",
        default: "none: who is connected",
        example: "\"x-forwarded-for\"",
        about: "The header in which the proxy before the site names the client; its last entry \
                counts. Set it only behind a proxy that sets it: else clients could name themselves, \
                and try passwords without end.",
        set: |config, text| {
            let is_sign = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            let is_name = !text.is_empty() && text.chars().all(is_sign);
            is_name.then_some(())?;
            put_some(&mut config.web.client_header, text)
        },
    },
    Key {
        name: "web.contact",
        form: "an address of the web or of mail",
        default: "none",
        example: "\"mailto:ban-doc@loaphuong.example\"",
        about: "Where readers can reach the operators; the help page links to it.",
        set: |config, text| put_some(&mut config.web.contact, text),
    },
    Key {
        name: "web.listen",
        form: "an address as 127.0.0.1:7880",
        default: "`127.0.0.1:7880`",
        example: "\"127.0.0.1:7880\"",
        about: "Where the site listens.",
        set: |config, text| put(&mut config.web.listen, text),
    },
    Key {
        name: "web.public_url",
        form: "an address as https://loaphuong.example",
        default: "where the site listens",
        example: "\"https://loaphuong.example\"",
        about: "Where readers reach the site: links in mails, feeds and citations begin with it. \
                With `https`, cookies are sent over TLS only, and browsers are told so.",
        set: |config, text| {
            config.web.public_url = Some(text.parse().ok()?);
            Some(())
        },
    },
];

fn put<T: FromStr>(key: &mut T, text: &str) -> Option<()> {
    *key = text.parse().ok()?;
    Some(())
}

fn put_some(key: &mut Option<String>, text: &str) -> Option<()> {
    *key = Some(text.to_owned());
    Some(())
}

impl Key {
    /// Its environment variable: `LOA_WEB_LISTEN`.
    pub(crate) fn variable(&self) -> String {
        format!("LOA_{}", self.name.replace('.', "_").to_uppercase())
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
        for key in &KEYS {
            let name = key.variable();
            let Some(value) = variable(&name) else { continue };
            (key.set)(self, &value).ok_or_else(|| {
                let form = key.form;
                Failure::usage(format!("the environment's {name} is `{value}`, but must be {form}"))
            })?;
        }
        Ok(())
    }
}

/// The reference of all keys, as Markdown.
pub(crate) fn reference() -> String {
    let mut text =
        "# Configuration\n\nA TOML file that `--config` or `LOA_CONFIG` names; every key \
        also has an environment\nvariable, which wins. Unknown keys are an error. This page is \
        printed by `loa config`.\n"
            .to_owned();
    for key in &KEYS {
        let (table, name) = key.name.split_once('.').expect("every key is in a table");
        text += &format!(
            "\n## {}\n\n{}\n\n- Takes {}.\n- Default: {}.\n- Environment: `{}`.\n\n```toml\n[{table}]\n\
             {name} = {}\n```\n",
            key.name,
            key.about,
            key.form,
            key.default,
            key.variable(),
            key.example
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_an_error() {
        assert!(toml::from_str::<Config>("[crawler]\nallow_private_adresses = true").is_err());
    }

    #[test]
    fn every_key_can_be_given_in_the_file_and_in_the_environment() {
        for key in &KEYS {
            let (table, name) = key.name.split_once('.').unwrap();
            let file = format!("[{table}]\n{name} = {}", key.example);
            toml::from_str::<Config>(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
            let value = key.example.trim_matches('"').to_owned();
            let variable = key.variable();
            let given = |asked: &str| (asked == variable).then(|| value.clone());
            Config::default()
                .overlay(given)
                .unwrap_or_else(|error| panic!("{}: {error}", key.name));
        }
        assert!(KEYS.is_sorted_by_key(|key| key.name));
    }

    /// The table is by hand beside the structures: none may have a key that it lacks.
    #[test]
    fn no_key_is_missing_from_the_table() {
        let debug = format!("{:?}", Config::default());
        let keys = debug.matches(": ").count() - debug.matches(" { ").count() + 1;
        assert_eq!(keys, KEYS.len(), "{debug}");
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

    #[test]
    fn the_reference_in_the_documents_is_this_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
        if std::env::var_os("LOA_TEST_ACCEPT").is_some() {
            std::fs::write(&path, reference()).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == reference(),
            "docs/configuration.md is old; accept it with LOA_TEST_ACCEPT=1"
        );
    }
}
