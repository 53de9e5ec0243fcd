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
        let capture = self.recorder().record_visit(&fetched)?;
        Ok(match exchange.status {
            304 => {
                self.archive.record_seen(&capture, &self.now_text())?;
                Kept::NotModified
            }
            200 if exchange.truncated.is_some() => Kept::CutShort,
            200 if page.kind == PageKind::List => unreadable.map_or(Kept::List, Kept::Unreadable),
            200 => self.read(source, &capture)?,
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
        pending.iter().map(|capture| self.read(source, capture)).collect()
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
            // A dead article that redirects to another one, or to the home page, is not edited.
            Ok(article) if !is_same_page(&article.key, &capture.page_key) => {
                self.archive.record_failed_extraction(capture)?;
                Ok(Kept::Elsewhere(article.key))
            }
            Ok(mut article) => {
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
        let profile = self.profile(source)?;
        let links = discover::links(&body, &content_type, &url, profile, &self.profiles);
        Ok(links.ok_or(Diagnosis::TooDeep))
    }

    pub(crate) fn now_text(&self) -> String {
        (self.now)().to_string()
    }

    /// A panic in another task leaves the recorder whole: its commits are all or nothing.
    fn recorder(&self) -> std::sync::MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

/// The first header of a name, given in lower case, in a kept head.
pub(crate) fn header(head: &[u8], name: &str) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    head.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
