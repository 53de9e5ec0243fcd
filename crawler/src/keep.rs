//! Keeping an answer and reading it: the half of a visit that works on disk.

use std::sync::{Arc, Mutex, PoisonError};

use archive::{
    Archive, ArchiveError, ArticleId, ArticleStatus, Capture, Exchange, Fetched, GoneSignal,
    NewPage, Page, PageKind, Recorded, Recorder, Source, Validators,
};
use jiff::Timestamp;
use url::Url;

use crate::discover;
use crate::drift::{Observed, lost};
use crate::extract::{self, Context, Diagnosis};
use crate::officials::read_people_of;
use crate::revisit::{Found, next_visit};
use crate::url_key::shape;
use crate::{CrawlError, Profile, Profiles};

/// Keeps what was fetched and reads articles from it. Its methods block.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    pub(crate) archive: Archive,
    pub(crate) recorder: Arc<Mutex<Recorder>>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) now: fn() -> Timestamp,
    /// What the articles of the run gave so far.
    pub(crate) observed: Arc<Mutex<Observed>>,
}

/// What became of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A list page: it leads to so many new articles.
    List(u64),
    /// 304: as it was.
    NotModified,
    /// An article.
    Article(Recorded),
    /// An article whose page lacks what it had before: it is not recorded.
    Suspect(&'static str),
    /// The server answered with an error.
    ErrorStatus(u16),
    /// The body was cut, so that nothing is read from it.
    CutShort,
    /// The article is gone, as far as this visit shows.
    Gone(GoneSignal),
    /// No article could be read.
    Unreadable(Diagnosis),
    /// It redirected to another article or page, which has this key.
    Elsewhere(String),
}

impl Keeper {
    /// Keeps the last answer of a visit, and reads the article from the archive when it has one.
    pub(crate) fn keep_visit(
        &self,
        source: &Source,
        page: &Page,
        exchange: &Exchange,
    ) -> Result<Kept, CrawlError> {
        let readable = exchange.status == 200 && exchange.truncated.is_none();
        let validators = if exchange.status == 304 {
            page.validators.clone()
        } else if readable && exchange.url == page.url {
            validators(&exchange.response_head)
        } else {
            Validators::default()
        };
        let links = match page.kind {
            PageKind::List if readable => self.links(source, exchange)?,
            PageKind::List | PageKind::Article => Ok(Vec::new()),
        };
        let (links, unreadable) = match links {
            Ok(links) => (links, None),
            Err(diagnosis) => (Vec::new(), Some(diagnosis)),
        };
        let extract = readable && page.kind == PageKind::Article;
        let fetched = Fetched { page, exchange, validators, links, extract };
        let (capture, new) = self.recorder().record_visit(&fetched)?;
        let kept = match exchange.status {
            304 => {
                self.archive.record_seen(&capture, &self.now_text())?;
                Kept::NotModified
            }
            200 if exchange.truncated.is_some() => Kept::CutShort,
            200 if page.kind == PageKind::List => {
                unreadable.map_or(Kept::List(new), Kept::Unreadable)
            }
            200 => self.read(source, &capture)?,
            404 if page.kind == PageKind::Article => Kept::Gone(GoneSignal::NotFound),
            410 if page.kind == PageKind::Article => Kept::Gone(GoneSignal::Gone),
            status => Kept::ErrorStatus(status),
        };
        let found = match kept {
            Kept::Gone(_) if !self.is_live(page)? => Found::StillGone,
            _ => kept.found(),
        };
        self.plan_next(page, found)?;
        Ok(kept)
    }

    /// Whether a page is one of an article that is at its source, as far as is known.
    fn is_live(&self, page: &Page) -> Result<bool, CrawlError> {
        let article = self.archive.article(&ArticleId::of(&page.source, &page.key))?;
        Ok(article.is_some_and(|article| article.status == ArticleStatus::Live))
    }

    /// Notes what a page gave that was visited for the first time; whether that closes its shape.
    pub(crate) fn note_shape(&self, page: &Page, kept: &Kept) -> Result<bool, CrawlError> {
        let Some(shape) = page.url.parse().ok().map(|url| shape(&url)) else { return Ok(false) };
        let gave_something_new = match kept {
            Kept::List(new) => *new > 0,
            Kept::Article(_) => !self.archive.is_copy(&page.source, &page.key)?,
            Kept::Elsewhere(_)
            | Kept::Unreadable(Diagnosis::NotAnArticle { .. } | Diagnosis::NoTitle { .. }) => false,
            // Errors, walls and missing pages say nothing of what is behind them.
            _ => return Ok(false),
        };
        let source = &page.source;
        Ok(self.archive.note_shape(source, &shape, gave_something_new, &self.now_text())?)
    }

    /// Whether a page belongs to a space that gave nothing new for long.
    pub(crate) fn is_trapped(&self, page: &Page) -> Result<bool, CrawlError> {
        let Some(shape) = page.url.parse().ok().map(|url| shape(&url)) else { return Ok(false) };
        let is_start = self
            .archive
            .source(&page.source)?
            .is_some_and(|source| source.start.iter().any(|start| start.as_str() == page.url));
        Ok(page.wait_s == 0 && !is_start && self.archive.is_shape_closed(&page.source, &shape)?)
    }

    /// Plans the next visit to a page.
    pub(crate) fn plan_next(&self, page: &Page, found: Found) -> Result<(), CrawlError> {
        let now = (self.now)();
        let next = next_visit((&page.source, &page.key), page.kind, page.wait_s, found, now);
        Ok(self.archive.plan_visit(&page.source, &page.key, next)?)
    }

    /// Keeps an answer that belongs to no page: robots.txt, a redirect.
    pub(crate) fn keep_exchange(
        &self,
        source: &Source,
        page_key: &str,
        exchange: &Exchange,
    ) -> Result<(), CrawlError> {
        self.recorder().record_exchange(&source.id, page_key, exchange)?;
        Ok(())
    }

    /// Reads the captures that a killed run kept but did not read.
    pub(crate) fn read_pending(&self, source: &Source) -> Result<Vec<Kept>, CrawlError> {
        let pending = self.archive.pending_captures(&source.id)?;
        let mut read = Vec::new();
        for capture in &pending {
            match self.read(source, capture) {
                Ok(kept) => read.push(kept),
                Err(CrawlError::Archive(error @ ArchiveError::DiskFull)) => {
                    return Err(error.into());
                }
                // A damaged record costs itself, not the source.
                Err(error) => {
                    tracing::error!(url = capture.url, %error, "a capture cannot be read");
                    self.archive.record_failed_extraction(capture)?;
                }
            }
        }
        Ok(read)
    }

    fn read(&self, source: &Source, capture: &Capture) -> Result<Kept, CrawlError> {
        let payload = self.archive.payload(capture)?;
        let label = self.archive.page_label(&source.id, &capture.page_key)?;
        let context = Context {
            profile: self.profile(source)?,
            label: label.as_deref(),
            fetched_at: capture.fetched_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        };
        match extract::extract(&payload, &self.profiles, &context) {
            // A dead article that redirects to another one is not edited.
            Ok(article) if !is_same_page(&article.key, &capture.page_key) => {
                self.archive.record_failed_extraction(capture)?;
                Ok(Kept::Elsewhere(article.key))
            }
            Ok(mut article) => {
                article.key.clone_from(&capture.page_key);
                self.observed().add(&article, (self.now)());
                let known = self.archive.newest_fields(&source.id, &article.key)?;
                if let Some(what) = known.and_then(|known| lost(&known, &article.fields)) {
                    self.archive.record_suspect(capture, what)?;
                    return Ok(Kept::Suspect(what));
                }
                let recorded =
                    self.archive.record_articles(capture, &[article], &self.now_text())?;
                if recorded[0] != Recorded::Unchanged {
                    let id = ArticleId::of(&source.id, &capture.page_key);
                    read_people_of(&self.archive, &[id], (self.now)())?;
                }
                self.archive.readmit(&source.id, &capture.page_key, (self.now)())?;
                Ok(Kept::Article(recorded[0]))
            }
            Err(diagnosis) => {
                self.archive.record_failed_extraction(capture)?;
                if diagnosis == Diagnosis::NoIndex {
                    self.archive.withdraw(&source.id, &capture.page_key, (self.now)())?;
                }
                let leads_home = is_home(source, &capture.url);
                Ok(match diagnosis {
                    Diagnosis::NotFound => Kept::Gone(GoneSignal::SoftNotFound),
                    Diagnosis::NotAnArticle { .. } | Diagnosis::NoTitle { .. } if leads_home => {
                        Kept::Gone(GoneSignal::RedirectsHome)
                    }
                    diagnosis => Kept::Unreadable(diagnosis),
                })
            }
        }
    }

    /// The profile that the source names; `None` for `auto`.
    pub(crate) fn profile(&self, source: &Source) -> Result<Option<&Profile>, CrawlError> {
        self.profiles.named(&source.profile)
    }

    fn links(
        &self,
        source: &Source,
        exchange: &Exchange,
    ) -> Result<Result<Vec<NewPage>, Diagnosis>, CrawlError> {
        let Ok(url) = exchange.url.parse::<Url>() else {
            return Ok(Err(Diagnosis::BadUrl(exchange.url.clone())));
        };
        let head = &exchange.response_head;
        let encoding = header(head, "content-encoding");
        let body = match archive::decode(&exchange.body, encoding.as_deref()) {
            Ok(body) => body,
            Err(error) => return Ok(Err(Diagnosis::Undecodable(error.to_string()))),
        };
        let content_type = header(head, "content-type").unwrap_or_default();
        let tags = headers(head, "x-robots-tag");
        let named = (self.profile(source)?, &*self.profiles);
        Ok(discover::links(&body, &content_type, &tags, &url, named))
    }

    pub(crate) fn now_text(&self) -> String {
        (self.now)().to_string()
    }

    pub(crate) fn observed(&self) -> std::sync::MutexGuard<'_, Observed> {
        self.observed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A panic in another task leaves the recorder whole: its commits are all or nothing.
    fn recorder(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// What it says about when to come again.
    fn found(&self) -> Found {
        match self {
            Self::Article(Recorded::New | Recorded::Edited) => Found::Change,
            Self::List(new) if *new > 0 => Found::Change,
            Self::List(_) | Self::NotModified | Self::Article(Recorded::Unchanged) => Found::Same,
            Self::ErrorStatus(_)
            | Self::CutShort
            | Self::Gone(_)
            | Self::Unreadable(_)
            | Self::Suspect(_)
            | Self::Elsewhere(_) => Found::Failure,
        }
    }
}

/// Whether a URL is the portal's home page, or one of the pages a crawl begins with.
fn is_home(source: &Source, url: &str) -> bool {
    let Ok(url) = url.parse::<Url>() else { return false };
    let same = |start: &Url| start.path() == url.path() && start.query() == url.query();
    url.path() == "/" || source.start.iter().any(same)
}

/// Whether two keys name one page: a portal's own id does, and a URL does under both schemes.
fn is_same_page(a: &str, b: &str) -> bool {
    let bare = |key: &str| {
        let path = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://"));
        path.unwrap_or(key).trim_start_matches("www.").trim_end_matches('/').to_owned()
    };
    bare(a) == bare(b)
}

fn validators(head: &[u8]) -> Validators {
    Validators { etag: header(head, "etag"), last_modified: header(head, "last-modified") }
}

/// The first header of a name in a kept head.
pub(crate) fn header(head: &[u8], name: &str) -> Option<String> {
    headers(head, name).into_iter().next()
}

/// All headers of a name in a kept head.
fn headers(head: &[u8], name: &str) -> Vec<String> {
    let head = String::from_utf8_lossy(head);
    let values = head.lines().skip(1).filter_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    });
    values.collect()
}
