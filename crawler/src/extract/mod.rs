//! Reading articles from what was fetched: a pure function of bytes, headers, URL and profile.

mod body;
mod challenge;
mod charset;
mod directives;
mod generic;
mod html;
mod inspect;
mod line;
mod mend;
mod nesting;
mod not_found;
pub mod page_date;
mod paragraph;
mod ward_text;

pub use challenge::Challenge;
pub use inspect::{Inspection, Reading, inspect};
pub use line::{LineError, parse_line};

use std::sync::LazyLock;

use archive::{Extracted, Payload};
use jiff::Timestamp;
use scraper::{Html, Selector};
use url::Url;

use crate::profile::{Profile, Profiles, Rules};
use crate::url_key::article_id;

/// The text of a page as browsers decode it, for people to look at.
///
/// # Errors
/// When its payload cannot be decoded.
pub fn page_text(payload: &Payload) -> Result<String, Diagnosis> {
    let body = archive::decode(&payload.body, payload.header("content-encoding"))
        .map_err(|error| Diagnosis::Undecodable(error.to_string()))?;
    Ok(to_text(&body, payload.header("content-type").unwrap_or_default(), None).text)
}

pub(crate) use challenge::challenge;
pub(crate) use charset::to_text;
pub(crate) use directives::Directives;

/// What is known of a page besides its bytes.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// The profile its source names; `None` for `auto`.
    pub profile: Option<&'a Profile>,
    /// The text of the link that led to it.
    pub label: Option<&'a str>,
    /// When it was fetched: "two hours ago" counts from here.
    pub fetched_at: Timestamp,
}

/// Why nothing was read from a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Diagnosis {
    /// Its URL is none.
    #[error("`{0}` is no URL")]
    BadUrl(String),
    /// Its payload cannot be decoded.
    #[error("the payload cannot be decoded: {0}")]
    Undecodable(String),
    /// Its elements are nested too deeply to be parsed in reasonable time.
    #[error("the page is nested too deeply; no reader would see it")]
    TooDeep,
    /// It is called text and is none.
    #[error("it is not text")]
    NotText,
    /// It is something else: a list, a form, an error page.
    #[error("profile {profile} sees no article in this page")]
    NotAnArticle {
        /// The profile that looked.
        profile: String,
    },
    /// It is a wall that stands before the page.
    #[error("the portal shows {0} instead of the page")]
    Challenge(Challenge),
    /// It says that nothing is there.
    #[error("the page says that nothing was found")]
    NotFound,
    /// It asks not to be found by search.
    #[error("the page asks not to be indexed")]
    NoIndex,
    /// It has no headline.
    #[error("profile {profile} finds no headline in this page")]
    NoTitle {
        /// The profile that looked.
        profile: String,
    },
}

/// Reads the article of a page.
///
/// # Errors
/// Says why the page gave none.
pub fn extract(
    payload: &Payload,
    profiles: &Profiles,
    context: &Context<'_>,
) -> Result<Extracted, Diagnosis> {
    let mut article = read(payload, profiles, context)?;
    mend::mend(&mut article.fields);
    Ok(article)
}

fn read(
    payload: &Payload,
    profiles: &Profiles,
    context: &Context<'_>,
) -> Result<Extracted, Diagnosis> {
    let body = archive::decode(&payload.body, payload.header("content-encoding"))
        .map_err(|e| Diagnosis::Undecodable(e.to_string()))?;
    let media_type = payload.header("content-type").unwrap_or_default();
    let page = to_text(&body, media_type, context.profile.and_then(Profile::charset));
    let charset = Some(page.charset());
    let text = page.text;
    if media_type.starts_with("text/plain") {
        if text.contains('\0') {
            return Err(Diagnosis::NotText);
        }
        let profile = text_profile(profiles, context);
        let article = ward_text::extract(&text, &payload.url, profile, context)?;
        return Ok(Extracted { charset, ..article });
    }
    let url: Url = payload.url.parse().map_err(|_| Diagnosis::BadUrl(payload.url.clone()))?;
    let document = parse(&text).ok_or(Diagnosis::TooDeep)?;
    let profile = context.profile.unwrap_or_else(|| profiles.of_page(&document, &url));
    let wall = challenge(&text);
    let article = match &profile.rules {
        Rules::Html(rules) if rules.body.is_empty() => {
            let key = article_id(&url, profile);
            let key = key.ok_or_else(|| Diagnosis::NotAnArticle { profile: profile.name.clone() });
            key.and_then(|key| {
                let article = generic::extract(&document, &text, &url, profile, context)?;
                Ok(Extracted { key, ..article })
            })
        }
        Rules::Html(rules) => html::extract(&document, &url, profile, rules, context),
        // General rules would take the words of a wall for a text.
        Rules::Text(_) | Rules::Generic if wall.is_some_and(|w| w != Challenge::Login) => {
            Err(Diagnosis::NotAnArticle { profile: profile.name.clone() })
        }
        Rules::Text(_) | Rules::Generic => {
            let article = generic::extract(&document, &text, &url, profile, context);
            // General rules take any text; what says that it is missing and has no date is none.
            article.and_then(|article| match article.fields.published {
                None if not_found::says_not_found(&document) => Err(Diagnosis::NotFound),
                _ => Ok(article),
            })
        }
    };
    let tags = payload.headers.iter().filter(|(name, _)| name == "x-robots-tag");
    let directives = Directives::of(&document, tags.map(|(_, value)| value.as_str()));
    match (article, wall) {
        (Ok(_), _) if directives.no_index => Err(Diagnosis::NoIndex),
        (Ok(article), _) => Ok(Extracted { charset, no_archive: directives.no_archive, ..article }),
        (Err(_), Some(wall)) => Err(Diagnosis::Challenge(wall)),
        (Err(_), None) if not_found::says_not_found(&document) => Err(Diagnosis::NotFound),
        (Err(diagnosis), None) => Err(diagnosis),
    }
}

/// What the links of a page are relative to: its `<base>`, where that stays on its host.
pub(crate) fn base_of(document: &Html, url: &Url) -> Url {
    static BASE: LazyLock<Selector> = LazyLock::new(|| body::selector("base[href]"));
    let named = document.select(&BASE).next().and_then(|base| base.attr("href"));
    let base = named.and_then(|href| url.join(href.trim()).ok());
    base.filter(|base| base.authority() == url.authority()).unwrap_or_else(|| url.clone())
}

/// Parses a page, unless its nesting would make that slow.
pub(crate) fn parse(html: &str) -> Option<Html> {
    (!nesting::is_too_deep(html)).then(|| Html::parse_document(html))
}

fn text_profile<'a>(profiles: &'a Profiles, context: &Context<'a>) -> &'a Profile {
    let named = context.profile.filter(|p| matches!(p.rules, Rules::Text(_)));
    named.unwrap_or_else(|| profiles.text())
}
