//! Reading articles from what was fetched: a pure function of bytes, headers, URL and profile.

mod body;
mod charset;
mod generic;
mod html;
mod line;
mod mend;
mod nesting;
pub mod page_date;
mod paragraph;
mod ward_text;

pub use line::{LineError, parse_line};

use archive::{Extracted, Payload};
use jiff::Timestamp;
use scraper::Html;
use url::Url;

use crate::profile::{Profile, Profiles, Rules};

pub(crate) use charset::to_text;

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
    let text = to_text(&body, media_type);
    if media_type.starts_with("text/plain") {
        if text.contains('\0') {
            return Err(Diagnosis::NotText);
        }
        return ward_text::extract(&text, &payload.url, text_profile(profiles, context), context);
    }
    let url: Url = payload.url.parse().map_err(|_| Diagnosis::BadUrl(payload.url.clone()))?;
    let document = parse(&text).ok_or(Diagnosis::TooDeep)?;
    let profile = context.profile.unwrap_or_else(|| profiles.of_page(&document));
    match &profile.rules {
        Rules::Html(rules) => html::extract(&document, &url, profile, rules, context),
        Rules::Text(_) | Rules::Generic => {
            generic::extract(&document, &text, &url, profile, context)
        }
    }
}

/// Parses a page, unless its nesting would make that slow.
pub(crate) fn parse(html: &str) -> Option<Html> {
    (!nesting::is_too_deep(html)).then(|| Html::parse_document(html))
}

fn text_profile<'a>(profiles: &'a Profiles, context: &Context<'a>) -> &'a Profile {
    let named = context.profile.filter(|p| matches!(p.rules, Rules::Text(_)));
    named.unwrap_or_else(|| profiles.text())
}
