//! Looking at a portal before it is crawled: whether it answers, what its robots.txt allows, which
//! family it is of, and what an article of it gives.

use std::time::Duration;

use archive::{Extracted, NewPage, PageKind, Payload, Source};
use jiff::Timestamp;
use url::Url;

use crate::discover;
use crate::extract::{self, Context, Diagnosis};
use crate::fetch::{FetchError, Fetcher};
use crate::robots::Rules;
use crate::visit::{REDIRECTS_MAX, authority};
use crate::{CrawlError, Profile, Profiles};

/// Longest pause between two requests of a look.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What a look at a source found.
#[derive(Debug)]
pub struct Checked {
    /// What robots.txt says about the start page.
    pub robots: Result<RobotsSay, FetchError>,
    /// What the start page leads to; `None` where robots.txt forbids it.
    pub start: Option<Result<StartPage, CheckFailure>>,
    /// The first article.
    pub sample: Option<Sample>,
}

/// An article that a start page leads to.
#[derive(Debug)]
pub struct Sample {
    /// Where it is.
    pub url: Url,
    /// The page as it was answered; `None` where it was not.
    pub page: Option<Payload>,
    /// What it gives.
    pub read: Result<Extracted, CheckFailure>,
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
    /// Nobody may ask for it.
    #[error("robots.txt forbids it")]
    Forbidden,
    /// The answer was an error.
    #[error("it answers {0}")]
    Status(u16),
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] Diagnosis),
}

/// Looks at a source with three requests, or more where it redirects; as far apart as in a crawl.
///
/// # Errors
/// When its profile does not exist.
pub async fn check(
    fetcher: &Fetcher,
    profiles: &Profiles,
    source: &Source,
    now: fn() -> Timestamp,
) -> Result<Option<Checked>, CrawlError> {
    let profile = profiles.named(&source.profile)?;
    let Some(start) = source.start.first() else { return Ok(None) };
    let look = Look { fetcher: fetcher.trusting(source, now())?, now };
    let robots_url = start.join("/robots.txt").expect("an absolute path joins any HTTP URL");
    let (status, rules) = match look.rules(robots_url).await {
        Ok(answer) => answer,
        Err(error) => {
            return Ok(Some(Checked { robots: Err(error), start: None, sample: None }));
        }
    };
    let delay = rules.as_ref().map(Rules::crawl_delay).unwrap_or_default();
    let say = RobotsSay {
        status,
        allows_start: rules.as_ref().is_some_and(|rules| rules.allow(start)),
        delay_ms: u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
    };
    let mut checked = Checked { robots: Ok(say), start: None, sample: None };
    let Some(rules) = rules.filter(|_| say.allows_start) else { return Ok(Some(checked)) };
    // Somebody waits for the answer; two requests are no crawl.
    let pause = delay.max(Duration::from_millis(source.delay_ms)).min(PAUSE_MAX);
    tokio::time::sleep(pause).await;
    let pages = look.page(start).await.and_then(|payload| {
        Ok(tokio::task::block_in_place(|| links(&payload, start, (profile, profiles)))?)
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
    let allowed = |page: &NewPage| {
        let url: Url = page.url.parse().ok().filter(|url| rules.allow(url))?;
        (page.kind == PageKind::Article).then(|| (url, page.label.clone()))
    };
    if let Some((url, label)) = pages.iter().find_map(allowed) {
        tokio::time::sleep(pause).await;
        let context = Context { profile, label: label.as_deref(), fetched_at: now() };
        checked.sample = Some(match look.page(&url).await {
            Ok(page) => {
                let read =
                    tokio::task::block_in_place(|| extract::extract(&page, profiles, &context));
                Sample { url, page: Some(page), read: read.map_err(CheckFailure::from) }
            }
            Err(failure) => Sample { url, page: None, read: Err(failure) },
        });
    }
    Ok(Some(checked))
}

fn links(
    payload: &Payload,
    start: &Url,
    profiles: (Option<&Profile>, &Profiles),
) -> Result<Vec<NewPage>, Diagnosis> {
    let body = archive::decode(&payload.body, payload.header("content-encoding"))
        .map_err(|error| Diagnosis::Undecodable(error.to_string()))?;
    let kind = payload.header("content-type").unwrap_or_default();
    discover::links(&body, kind, &[], start, profiles)
}

/// The page at an address, as a crawl would ask for it: with robots.txt, and redirects on its host.
///
/// # Errors
/// When robots.txt forbids it, or it is not answered with a page.
pub async fn page_at(
    fetcher: &Fetcher,
    url: &Url,
    now: fn() -> Timestamp,
) -> Result<Payload, CheckFailure> {
    let look = Look { fetcher: fetcher.clone(), now };
    let robots = url.join("/robots.txt").expect("an absolute path joins any HTTP URL");
    let (_, rules) = look.rules(robots).await?;
    if !rules.is_some_and(|rules| rules.allow(url)) {
        return Err(CheckFailure::Forbidden);
    }
    look.page(url).await
}

/// One look at one portal.
struct Look {
    fetcher: Fetcher,
    now: fn() -> Timestamp,
}

impl Look {
    /// The status of robots.txt, and its rules; none where the host is to be left alone.
    async fn rules(&self, robots: Url) -> Result<(u16, Option<Rules>), FetchError> {
        let (status, payload) = self.answer(robots).await?;
        let body = archive::decode(&payload.body, payload.header("content-encoding"));
        Ok((status, Rules::from_answer(status, &body.unwrap_or_default())))
    }

    /// An answer; redirects on the same host are followed, as in a crawl.
    async fn answer(&self, mut url: Url) -> Result<(u16, Payload), FetchError> {
        let mut hops = 0;
        loop {
            let (status, payload) = self.fetcher.answer(&url, (self.now)()).await?;
            let target = payload.header("location").and_then(|to| url.join(to).ok());
            match target.filter(|_| (300..400).contains(&status) && hops < REDIRECTS_MAX) {
                Some(target) if authority(&target) == authority(&url) => url = target,
                _ => return Ok((status, payload)),
            }
            hops += 1;
        }
    }

    async fn page(&self, url: &Url) -> Result<Payload, CheckFailure> {
        match self.answer(url.clone()).await? {
            (200, payload) => Ok(payload),
            (status, _) => Err(CheckFailure::Status(status)),
        }
    }
}
