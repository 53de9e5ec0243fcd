//! Asking for an alert, and what it would have told.

use archive::{Archive, Channel, NewAlert, Pace, SavedSearch, VIETNAM};
use crawler::private_literal;
use index::{Answer, Index, IndexError, Request};
use jiff::{SignedDuration, Timestamp};
use lettre::Address;
use url::Url;

use crate::{AlertError, Config};

/// Days that a preview looks back.
pub const DAYS_PREVIEWED: i64 = 90;
/// Hits that a preview shows.
const HITS_PREVIEWED: usize = 10;
/// Longest address.
const ADDRESS_CHARS_MAX: usize = 500;
/// Longest text of a saved search.
const TEXT_CHARS_MAX: usize = 500;
/// Values of one filter of a saved search.
const VALUES_MAX: usize = 50;

/// Whom to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A mail address.
    Mail(String),
    /// A web address that takes requests.
    Webhook(String),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What to look for.
    pub search: SavedSearch,
    /// Whom to tell.
    pub target: Target,
    /// How often.
    pub pace: Pace,
}

/// Why an alert is not given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Every article would match.
    #[error("the search asks for nothing, so every article would be told; add words or a filter")]
    Everything,
    /// The search is longer than anybody types.
    #[error("the search is too long; at most {TEXT_CHARS_MAX} characters and {VALUES_MAX} values")]
    TooLong,
    /// Nothing could ever match.
    #[error("there is no {0}, so nothing would ever be told")]
    Unknown(String),
    /// The address is none.
    #[error("`{0}` is no mail address")]
    MailAddress(String),
    /// No mails are sent here.
    #[error("this server sends no mail: its operator has configured no mail.server")]
    NoMail,
    /// The address is none.
    #[error("`{0}` is no web address; write https://host/path")]
    WebAddress(String),
    /// The address is in a network that is not ours to ask.
    #[error("{0} has a private address; webhooks are on the public internet")]
    Private(String),
    /// The address has more alerts than anybody reads.
    #[error(
        "this address has too many alerts, or too many that wait to be confirmed; confirm or end \
         some of them first"
    )]
    TooMany,
    /// Archive or index failed.
    #[error(transparent)]
    Failed(#[from] AlertError),
}

impl From<IndexError> for AskError {
    fn from(error: IndexError) -> Self {
        Self::Failed(error.into())
    }
}

/// What a saved search would have told.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The search as it would be saved.
    pub search: SavedSearch,
    /// What it finds among the articles published in the last [`DAYS_PREVIEWED`] days, the newest
    /// first; ten hits at most.
    pub found: Answer,
}

impl Ask {
    /// Checks it, and gives it as it is saved.
    ///
    /// # Errors
    /// Says what must be different.
    pub fn checked(
        self,
        index: &Index,
        config: &Config,
        now: Timestamp,
    ) -> Result<NewAlert, AskError> {
        let search = checked(index, &self.search, now)?;
        let (channel, address) = match self.target {
            Target::Mail(_) if config.mail.is_none() => return Err(AskError::NoMail),
            Target::Mail(address) => (Channel::Mail, mail_address(&address)?),
            Target::Webhook(address) => {
                (Channel::Webhook, web_address(&address, config.allow_private_addresses)?)
            }
        };
        Ok(NewAlert { search, channel, address, pace: self.pace })
    }
}

/// Notes that somebody asks for an alert; they are asked back over the same channel.
///
/// # Errors
/// Says what must be different, or that archive or index failed.
pub fn ask(
    archive: &Archive,
    index: &Index,
    config: &Config,
    asked: Ask,
    now: Timestamp,
) -> Result<NewAlert, AskError> {
    let alert = asked.checked(index, config, now)?;
    match archive.ask_for_alert(&alert, now).map_err(AlertError::from)? {
        true => Ok(alert),
        false => Err(AskError::TooMany),
    }
}

/// What a search would have told in the last days.
///
/// # Errors
/// Says what must be different, or that archive or index failed.
pub fn preview(index: &Index, search: &SavedSearch, now: Timestamp) -> Result<Preview, AskError> {
    let search = checked(index, search, now)?;
    let first = now - SignedDuration::from_hours(24 * DAYS_PREVIEWED);
    let first = VIETNAM.to_datetime(first).date();
    let mut request = Request { limit: HITS_PREVIEWED, ..Request::saved(&search, now) };
    request.filters.from = request.filters.from.max(Some(first));
    Ok(Preview { found: index.search(&request)?, search })
}

fn checked(index: &Index, search: &SavedSearch, now: Timestamp) -> Result<SavedSearch, AskError> {
    let long = |text: &String| text.chars().count() > TEXT_CHARS_MAX;
    let many = |values: &[String]| values.len() > VALUES_MAX || values.iter().any(long);
    let person = search.official.as_ref().is_some_and(long);
    if long(&search.text) || person || many(&search.sources) || many(&search.categories) {
        return Err(AskError::TooLong);
    }
    let trimmed = SavedSearch { text: search.text.trim().to_owned(), ..search.clone() };
    if trimmed.is_empty() {
        return Err(AskError::Everything);
    }
    let archive = index.archive();
    let unknown = |what: &str, id: &str| AskError::Unknown(format!("{what} `{id}`"));
    if let Some(id) = trimmed.official.as_deref().and_then(|one| one.parse().ok()) {
        let known = archive.official(&id).map_err(AlertError::from)?;
        known.ok_or_else(|| unknown("official", id.as_str()))?;
    }
    for id in &trimmed.sources {
        let known = id.parse().ok().map(|id| archive.source(&id)).transpose();
        known.map_err(AlertError::from)?.flatten().ok_or_else(|| unknown("source", id))?;
    }
    Ok(index.to_be_saved(&trimmed, now)?)
}

fn mail_address(text: &str) -> Result<String, AskError> {
    let wrong = || AskError::MailAddress(text.chars().take(ADDRESS_CHARS_MAX).collect());
    let address: Address = text.trim().parse().map_err(|_| wrong())?;
    // One mailbox is one, whatever the capitals of its host.
    let host = address.domain().to_lowercase();
    let named = host.contains('.') && !host.starts_with('[');
    match text.len() <= ADDRESS_CHARS_MAX && named {
        true => Ok(format!("{}@{host}", address.user())),
        false => Err(wrong()),
    }
}

fn web_address(text: &str, private_too: bool) -> Result<String, AskError> {
    let wrong = || AskError::WebAddress(text.chars().take(ADDRESS_CHARS_MAX).collect());
    let url: Url = text.trim().parse().map_err(|_| wrong())?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    if !is_web || !plain || text.len() > ADDRESS_CHARS_MAX {
        return Err(wrong());
    }
    if !private_too && (private_literal(&url).is_some() || url.host_str() == Some("localhost")) {
        return Err(AskError::Private(url.to_string()));
    }
    Ok(url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        assert_eq!(mail_address(" Lan@Example.VN ").unwrap(), "Lan@example.vn");
        for text in [
            "",
            "lan",
            "lan@",
            "a b@c.vn",
            "lan@may",
            "a@b.vn\nBcc: x@y.vn",
            "a@[127.0.0.1]",
            "a@localhost",
        ] {
            assert!(mail_address(text).is_err(), "{text}");
        }
        assert!(web_address("https://a.vn/hook?x=1", false).is_ok());
        for text in [
            "a.vn",
            "ftp://a.vn/",
            "https://u:p@a.vn/",
            "http://127.0.0.1/",
            "http://[::1]/",
            "http://localhost/",
            "http://2130706433/",
        ] {
            assert!(web_address(text, false).is_err(), "{text}");
        }
        assert!(web_address("http://127.0.0.1:9/", true).is_ok());
    }
}
