//! What a message says: which articles matched, what happened to them, and why they matched.

use archive::{
    Archive, Article, ArticleEvent, ArticleStatus, Channel, Message, MessageKind, Notification,
    SavedSearch,
};
use index::Index;
use jiff::Timestamp;
use serde::Serialize;

use crate::{AlertError, Links};

/// Articles that a mail shows; more are counted. A webhook gets all that its message tells of.
const SHOWN: usize = 10;

/// What a message says.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Its id, the same at every attempt.
    pub id: String,
    /// `confirm` or `matches`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The alert's id.
    pub alert: String,
    /// The search, as it is read.
    pub search: String,
    /// Where to see the alert, confirm it and end it.
    pub manage_url: String,
    /// A request to this address with POST begins the alert; only where it is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm_url: Option<String>,
    /// A request to this address with POST ends the alert.
    pub unsubscribe_url: String,
    /// All that the search finds.
    pub search_url: String,
    /// What messages are signed with; only where the alert is to be confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// How many articles matched.
    pub total: u64,
    /// The newest of them.
    pub items: Vec<Item>,
}

/// An article that matched.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// What happened: `new`, `edited`, `removed` or `returned`.
    pub event: ArticleEvent,
    /// The article's id.
    pub article: String,
    /// Which version it is about.
    pub version: u32,
    /// Its title.
    pub title: String,
    /// The ward that published it.
    pub ward: String,
    /// The day or time it was published.
    pub published: Option<String>,
    /// Its page here.
    pub url: String,
    /// Where it was published.
    pub origin: String,
    /// Why it matched: the fragment with the words that were found, escaped, in `<mark>`.
    pub why_html: String,
    /// The words that were found, as the page wrote them.
    pub why: Vec<String>,
    /// Whether the edit took away what the search looks for: it stood in the version before.
    pub lost: bool,
}

/// Composes a message.
///
/// # Errors
/// When index or archive fail.
pub fn compose(
    archive: &Archive,
    index: &Index,
    links: &Links,
    message: &Message,
) -> Result<Told, AlertError> {
    let alert = &message.alert;
    let is_question = message.kind == MessageKind::Confirm;
    let most = match alert.channel {
        Channel::Mail => SHOWN,
        Channel::Webhook => usize::MAX,
    };
    let matches = archive.matches_of(message)?;
    let mut items = Vec::new();
    for found in &matches {
        if items.len() == most {
            break;
        }
        items.extend(item(archive, index, links, &alert.search, found)?);
    }
    Ok(Told {
        id: message.public_id.clone(),
        kind: if is_question { "confirm" } else { "matches" },
        alert: alert.public_id.clone(),
        search: in_words(archive, index, &alert.search)?,
        manage_url: links.alert(&alert.token),
        confirm_url: is_question.then(|| links.confirm(&alert.token)),
        unsubscribe_url: links.unsubscribe(&alert.token),
        search_url: links.search(&alert.search),
        secret: alert.secret.clone().filter(|_| is_question),
        total: matches.len() as u64,
        items,
    })
}

/// A match as it is told; nothing where the article was hidden since.
fn item(
    archive: &Archive,
    index: &Index,
    links: &Links,
    search: &SavedSearch,
    found: &Notification,
) -> Result<Option<Item>, AlertError> {
    let Some(article) = archive.article(&found.article)? else { return Ok(None) };
    if article.status == ArticleStatus::Hidden {
        return Ok(None);
    }
    // What an edit took away is shown as it stood before.
    let version = if found.lost { found.version - 1 } else { found.version };
    let fields = match version == article.version {
        true => None,
        false => archive.version_fields(&found.article, version)?,
    };
    let shown = match fields {
        Some(fields) => Article { fields, ..article },
        None => article,
    };
    let why = index.why(search, &shown, Timestamp::UNIX_EPOCH)?;
    Ok(Some(Item {
        event: found.event,
        article: shown.id.to_string(),
        version: found.version,
        title: shown.fields.title,
        ward: index.source_name(shown.source.as_str()),
        published: shown.fields.published.map(String::from),
        url: links.article(&found.article),
        origin: shown.url,
        why_html: why.html,
        why: why.words,
        lost: found.lost,
    }))
}

/// A saved search in words, for its subscriber.
///
/// # Errors
/// When the archive cannot be read.
pub fn in_words(
    archive: &Archive,
    index: &Index,
    search: &SavedSearch,
) -> Result<String, AlertError> {
    let mut parts: Vec<String> = Vec::new();
    if !search.text.is_empty() {
        parts.push(search.text.clone());
    }
    if let Some(asked) = &search.official {
        let known = asked.parse().ok().map(|id| archive.official(&id)).transpose()?.flatten();
        parts.push(match known {
            Some(official) => {
                let role = official.role.map(|role| format!(", {role}")).unwrap_or_default();
                format!("người: {}{role}", official.name)
            }
            None => format!("người: {asked}"),
        });
    }
    parts.extend(search.sources.iter().map(|id| index.source_name(id)));
    parts.extend(search.categories.iter().map(|name| format!("chuyên mục: {name}")));
    let status = |key: &String| index::Alteration::named(key).map(|one| one.name().to_owned());
    parts.extend(search.statuses.iter().filter_map(status));
    parts.extend(search.from.map(|day| format!("từ {}", day.strftime("%d/%m/%Y"))));
    parts.extend(search.to.map(|day| format!("đến {}", day.strftime("%d/%m/%Y"))));
    Ok(parts.join(" · "))
}
