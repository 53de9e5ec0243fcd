//! Looking at a portal before it is crawled: whether it answers, what its robots.txt allows, which
//! family it is of, and what an article of it gives.

use archive::{Extracted, PageKind, Payload, Source};
use jiff::Timestamp;
use url::Url;

use crate::discover;
use crate::extract::{self, Context, Diagnosis};
use crate::fetch::{FetchError, Fetcher};
use crate::robots::Rules;
use crate::{CrawlError, Profiles};

/// What a look at a source found.
#[derive(Debug)]
pub struct Checked {
    /// What robots.txt says about the start page.
    pub robots: Result<RobotsSay, FetchError>,
    /// What the start page leads to; `None` where robots.txt forbids it.
    pub start: Option<Result<StartPage, CheckFailure>>,
    /// What the first article gives, with its URL.
    pub sample: Option<(Url, Result<Extracted, CheckFailure>)>,
}

/// What robots.txt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RobotsSay {
    /// The HTTP status of the file.
    pub status: u16,
    /// Whether the start page may be fetched.
    pub allows_start: bool,
    /// The delay that it asks for, in milliseconds.
    pub delay_ms: u64,
}

/// What a start page leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartPage {
    /// Articles.
    pub articles: usize,
    /// Further list pages.
    pub lists: usize,
}

/// Why a page gave nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckFailure {
    /// There was no answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The answer was an error.
    #[error("it answers {0}")]
    Status(u16),
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] Diagnosis),
}

/// Looks at a source with three requests at most.
///
/// # Errors
/// When its profile does not exist.
pub async fn check(
    fetcher: &Fetcher,
    profiles: &Profiles,
    source: &Source,
    now: Timestamp,
) -> Result<Option<Checked>, CrawlError> {
    let profile = profiles.named(&source.profile)?;
    let Some(start) = source.start.first() else { return Ok(None) };
    let fetcher = &fetcher.trusting(source, now)?;
    let robots_url = start.join("/robots.txt").expect("an absolute path joins any HTTP URL");
    let robots = fetcher.answer(&robots_url, now).await.map(|(status, payload)| {
        let body = archive::decode(&payload.body, payload.header("content-encoding"));
        let rules = Rules::from_answer(status, &body.unwrap_or_default());
        RobotsSay {
            status,
            allows_start: rules.as_ref().is_some_and(|rules| rules.allow(start)),
            delay_ms: rules
                .map(|rules| u64::try_from(rules.crawl_delay().as_millis()).unwrap_or(u64::MAX))
                .unwrap_or_default(),
        }
    });
    let mut checked = Checked { robots, start: None, sample: None };
    if !checked.robots.as_ref().is_ok_and(|say| say.allows_start) {
        return Ok(Some(checked));
    }
    let pages = page(fetcher, start, now).await.and_then(|payload| {
        let body = archive::decode(&payload.body, payload.header("content-encoding"))
            .map_err(|error| Diagnosis::Undecodable(error.to_string()))?;
        let kind = payload.header("content-type").unwrap_or_default();
        let named = (profile, profiles);
        Ok(discover::links(&body, kind, &[], start, named)?)
    });
    let pages = match pages {
        Ok(pages) => pages,
        Err(failure) => {
            checked.start = Some(Err(failure));
            return Ok(Some(checked));
        }
    };
    let articles = pages.iter().filter(|page| page.kind == PageKind::Article).count();
    checked.start = Some(Ok(StartPage { articles, lists: pages.len() - articles }));
    let first = pages.into_iter().find(|page| page.kind == PageKind::Article);
    if let Some(first) = first
        && let Ok(url) = first.url.parse::<Url>()
    {
        let context = Context { profile, label: first.label.as_deref(), fetched_at: now };
        let read = page(fetcher, &url, now)
            .await
            .and_then(|payload| Ok(extract::extract(&payload, profiles, &context)?));
        checked.sample = Some((url, read));
    }
    Ok(Some(checked))
}

async fn page(fetcher: &Fetcher, url: &Url, now: Timestamp) -> Result<Payload, CheckFailure> {
    match fetcher.answer(url, now).await? {
        (200, payload) => Ok(payload),
        (status, _) => Err(CheckFailure::Status(status)),
    }
}
