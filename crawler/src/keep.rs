//! Keeping an answer and reading it: the half of a visit that works on disk.

use std::sync::{Arc, Mutex, PoisonError};

use archive::{
    Archive, Capture, Exchange, Fetched, NewPage, Page, PageKind, Recorded, Recorder, Source,
    Validators,
};
use jiff::Timestamp;
use url::Url;

use crate::discover;
use crate::extract::{self, Context, Diagnosis};
use crate::{CrawlError, Profile, Profiles};

/// Keeps what was fetched and reads articles from it. Its methods block.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    pub(crate) archive: Archive,
    pub(crate) recorder: Arc<Mutex<Recorder>>,
    pub(crate) profiles: Arc<Profiles>,
    pub(crate) now: fn() -> Timestamp,
}

/// What became of a capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A list page: it leads to other pages.
    List,
    /// 304: as it was.
    NotModified,
    /// An article.
    Article(Recorded),
    /// The server answered with an error.
    ErrorStatus(u16),
    /// The body was cut, so that nothing is read from it.
    CutShort,
    /// No article could be read.
    Unreadable(Diagnosis),
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
        } else if readable {
            validators(&exchange.response_head)
        } else {
            Validators::default()
        };
        let links = match page.kind {
            PageKind::List if readable => self.links(source, exchange)?,
            PageKind::List | PageKind::Article => Vec::new(),
        };
        let extract = readable && page.kind == PageKind::Article;
        let fetched = Fetched { page, exchange, validators, links, extract };
        let capture = self.recorder().record_visit(&fetched)?;
        Ok(match exchange.status {
            304 => {
                self.archive.record_seen(&capture, &self.now_text())?;
                Kept::NotModified
            }
            200 if exchange.truncated.is_some() => Kept::CutShort,
            200 if page.kind == PageKind::List => Kept::List,
            200 => self.read(source, &capture, page.label.as_deref())?,
            status => Kept::ErrorStatus(status),
        })
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
        pending.iter().map(|capture| self.read(source, capture, None)).collect()
    }

    fn read(
        &self,
        source: &Source,
        capture: &Capture,
        label: Option<&str>,
    ) -> Result<Kept, CrawlError> {
        let payload = self.archive.payload(capture)?;
        let context = Context {
            profile: self.profile(source)?,
            label,
            fetched_at: capture.fetched_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
        };
        match extract::extract(&payload, &self.profiles, &context) {
            Ok(mut article) => {
                // The frontier knows the page by the portal's own id, also behind a redirect.
                article.key.clone_from(&capture.page_key);
                let recorded =
                    self.archive.record_articles(capture, &[article], &self.now_text())?;
                Ok(Kept::Article(recorded[0]))
            }
            Err(diagnosis) => {
                self.archive.record_failed_extraction(capture)?;
                Ok(Kept::Unreadable(diagnosis))
            }
        }
    }

    /// The profile that the source names; `None` for `auto`.
    pub(crate) fn profile(&self, source: &Source) -> Result<Option<&Profile>, CrawlError> {
        self.profiles.named(&source.profile)
    }

    fn links(&self, source: &Source, exchange: &Exchange) -> Result<Vec<NewPage>, CrawlError> {
        let Ok(url) = exchange.url.parse::<Url>() else { return Ok(Vec::new()) };
        let head = &exchange.response_head;
        let Ok(body) = archive::decode(&exchange.body, header(head, "content-encoding").as_deref())
        else {
            return Ok(Vec::new());
        };
        let content_type = header(head, "content-type").unwrap_or_default();
        let profile = self.profile(source)?;
        Ok(discover::links(&body, &content_type, &url, profile, &self.profiles))
    }

    pub(crate) fn now_text(&self) -> String {
        (self.now)().to_string()
    }

    /// A panic in another task leaves the recorder whole: its commits are all or nothing.
    fn recorder(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn validators(head: &[u8]) -> Validators {
    Validators { etag: header(head, "etag"), last_modified: header(head, "last-modified") }
}

/// The first header of a name, given in lower case, in a kept head.
pub(crate) fn header(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
