//! Crawling one source: a loop of visits, each a step with an outcome.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use archive::{
    Archive, Counters, Exchange, Outcome, Page, Recorded, Recorder, Run, Source, SourceId,
    Validators,
};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::blocking::blocking;
use crate::discover::start_page;
use crate::fetch::{FetchError, Fetcher};
use crate::keep::{Keeper, Kept, header};
use crate::pace::{Hosts, Pace, Turn};
use crate::robots::Rules;
use crate::{CrawlError, Profiles};

/// Most redirects followed from one page.
const REDIRECTS_MAX: usize = 5;
/// Pages in a row that got no answer; then the host is taken for dead and left alone.
const SILENT_PAGES_MAX: u32 = 5;

/// Crawls sources. One run of a source at a time; different sources may run side by side.
#[derive(Clone, Debug)]
pub struct Crawler {
    keeper: Keeper,
    fetcher: Fetcher,
    hosts: Hosts,
}

/// How a run is getting on.
#[derive(Clone, Debug)]
pub struct Progress<'a> {
    /// The source.
    pub source: &'a SourceId,
    /// The page that was just visited.
    pub url: &'a str,
    /// What the run did so far.
    pub counters: Counters,
}

/// What a step did.
enum Step {
    Visited,
    NothingDue,
    Stopped,
}

/// How a visit ended.
enum Visit {
    Kept(Kept),
    Forbidden,
    NoAnswer(String),
    Stopped,
}

impl Crawler {
    /// A crawler that keeps what it fetches with `recorder`; `now` reads the clock.
    pub fn new(
        archive: Archive,
        recorder: Arc<Mutex<Recorder>>,
        fetcher: Fetcher,
        now: fn() -> Timestamp,
    ) -> Self {
        let profiles = Arc::new(Profiles::built_in());
        let keeper = Keeper { archive, recorder, profiles, now };
        Self { keeper, fetcher, hosts: Hosts::default() }
    }

    /// Crawls a source once: every due page, at most `pages_max` of them, until `cancel`.
    ///
    /// # Errors
    /// When the archive fails. What a portal does wrong is no error: the run tells of it.
    pub async fn run(
        &self,
        source: &Source,
        pages_max: Option<u64>,
        cancel: &CancellationToken,
        progress: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) -> Result<Run, CrawlError> {
        let keeper = self.keeper.clone();
        let id = source.id.clone();
        let run_id = blocking(move || keeper.archive.start_run(&id, &keeper.now_text())).await?;
        let mut round = Round {
            crawler: self,
            source,
            pages_max: pages_max.unwrap_or(source.max_pages).min(source.max_pages),
            cancel,
            progress,
            counters: Counters::default(),
            visited: 0,
            silent: 0,
        };
        // A run that fails is noted as such: else it would look as if it went on for ever.
        let ended = round.run().await;
        let outcome = match &ended {
            Ok(outcome) => outcome.clone(),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        if matches!(outcome, Outcome::Failed(_)) {
            round.counters.errors += 1;
        }
        let source = source.id.clone();
        let run = Run { id: run_id, source, counters: round.counters, outcome };
        let (keeper, finished) = (self.keeper.clone(), run.clone());
        blocking(move || keeper.archive.finish_run(&finished, &keeper.now_text())).await?;
        ended?;
        tracing::info!(
            source.id = %run.source, fetched = run.counters.fetched, new = run.counters.new,
            edited = run.counters.edited, errors = run.counters.errors, outcome = ?run.outcome,
            "run ended"
        );
        Ok(run)
    }
}

/// One run under way.
struct Round<'a> {
    crawler: &'a Crawler,
    source: &'a Source,
    pages_max: u64,
    cancel: &'a CancellationToken,
    progress: &'a (dyn Fn(Progress<'_>) + Send + Sync),
    counters: Counters,
    /// Pages asked for, without robots.txt and redirects.
    visited: u64,
    /// Pages in a row that got no answer.
    silent: u32,
}

impl Round<'_> {
    async fn run(&mut self) -> Result<Outcome, CrawlError> {
        let Some(start) = self.source.start.first().cloned() else {
            return Ok(Outcome::Failed("the source has no start page".into()));
        };
        self.begin().await?;
        let authority = authority(&start);
        let keeper = &self.crawler.keeper;
        let delay = Duration::from_millis(self.source.delay_ms);
        let (archive, hosts) = (keeper.archive.clone(), &self.crawler.hosts);
        let pace = Pace::new(archive, hosts, authority, delay, keeper.now);
        let rules = match self.robots(&start, &pace).await? {
            Ok(rules) => rules,
            Err(outcome) => return Ok(outcome),
        };
        pace.slow_down(rules.crawl_delay()).await?;
        loop {
            if self.visited >= self.pages_max {
                return Ok(Outcome::PageLimit);
            }
            match self.step(&pace, &rules).await? {
                Step::Visited if self.silent >= SILENT_PAGES_MAX => {
                    let why = format!("{SILENT_PAGES_MAX} pages in a row gave no answer");
                    return Ok(closed(&why));
                }
                Step::Visited => {}
                Step::NothingDue => return Ok(Outcome::Done),
                Step::Stopped => return Ok(Outcome::Stopped),
            }
        }
    }

    /// Makes the pages of this round due, and reads what a killed run left unread.
    async fn begin(&mut self) -> Result<(), CrawlError> {
        let (keeper, source) = (self.crawler.keeper.clone(), self.source.clone());
        let left_over = blocking(move || {
            let profile = keeper.profile(&source)?;
            let start: Vec<_> = source.start.iter().map(|url| start_page(url, profile)).collect();
            keeper.archive.begin_round(&source.id, &start, &keeper.now_text())?;
            keeper.read_pending(&source)
        })
        .await?;
        for kept in left_over {
            self.count(&Visit::Kept(kept), "");
        }
        Ok(())
    }

    /// Asks for robots.txt; an unreachable one closes the host for this run.
    async fn robots(
        &mut self,
        start: &Url,
        pace: &Pace,
    ) -> Result<Result<Rules, Outcome>, CrawlError> {
        let url = start.join("/robots.txt").expect("an absolute path joins any HTTP URL");
        let mut page = Page::unlisted(self.source.id.clone(), "robots", url.as_str());
        for _ in 0..=REDIRECTS_MAX {
            let url: Url = page.url.parse().expect("it was a URL before");
            // A redirect may lead to another host, which has a pace of its own.
            let elsewhere = (authority(&url) != pace.authority).then(|| {
                let keeper = &self.crawler.keeper;
                let delay = Duration::from_millis(self.source.delay_ms);
                let (archive, hosts) = (keeper.archive.clone(), &self.crawler.hosts);
                Pace::new(archive, hosts, authority(&url), delay, keeper.now)
            });
            let pace = elsewhere.as_ref().unwrap_or(pace);
            let Some(turn) = pace.wait(self.cancel).await? else {
                return Ok(Err(Outcome::Stopped));
            };
            let exchange = match self.fetch(turn, &url, &page, pace).await? {
                Ok(exchange) => exchange,
                Err(error) => return Ok(Err(closed(&error.to_string()))),
            };
            self.keep_exchange("robots", &exchange).await?;
            if let Some(next) = redirect_target(&exchange, &url) {
                page.url = next.into();
                continue;
            }
            let encoding = header(&exchange.response_head, "content-encoding");
            // Half a file may lack the line that forbids; only its length is cut on purpose.
            if let Some(cut @ ("time" | "disconnect")) = exchange.truncated {
                return Ok(Err(closed(&format!("robots.txt was cut short ({cut})"))));
            }
            let body = match archive::decode(&exchange.body, encoding.as_deref()) {
                Ok(body) => body,
                Err(error) => {
                    return Ok(Err(closed(&format!("robots.txt cannot be decoded: {error}"))));
                }
            };
            let why = format!("robots.txt answers {}", exchange.status);
            return Ok(Rules::from_answer(exchange.status, &body).ok_or_else(|| closed(&why)));
        }
        Ok(Err(closed("robots.txt redirects more than 5 times")))
    }

    /// Visits the next page that is due.
    async fn step(&mut self, pace: &Pace, rules: &Rules) -> Result<Step, CrawlError> {
        let (archive, id) = (self.crawler.keeper.archive.clone(), self.source.id.clone());
        let Some(page) = blocking(move || archive.next_due_page(&id)).await? else {
            return Ok(Step::NothingDue);
        };
        let visit = self.visit(&page, pace, rules).await?;
        if matches!(visit, Visit::Stopped) {
            return Ok(Step::Stopped);
        }
        if matches!(visit, Visit::Forbidden | Visit::NoAnswer(_)) {
            let (archive, page) = (self.crawler.keeper.archive.clone(), page.clone());
            blocking(move || archive.give_up_page(&page)).await?;
        }
        self.visited += u64::from(!matches!(visit, Visit::Forbidden));
        self.silent = if matches!(visit, Visit::NoAnswer(_)) { self.silent + 1 } else { 0 };
        self.count(&visit, &page.url);
        (self.progress)(Progress {
            source: &self.source.id,
            url: &page.url,
            counters: self.counters,
        });
        Ok(Step::Visited)
    }

    /// Fetches a page, following redirects; each hop is checked, waits its turn, and is kept.
    async fn visit(
        &mut self,
        page: &Page,
        pace: &Pace,
        rules: &Rules,
    ) -> Result<Visit, CrawlError> {
        let Ok(mut url) = page.url.parse::<Url>() else {
            return Ok(Visit::NoAnswer("its URL cannot be read".into()));
        };
        for _ in 0..=REDIRECTS_MAX {
            if authority(&url) != pace.authority {
                return Ok(Visit::NoAnswer(format!("it redirects to another host: {url}")));
            }
            if !rules.allow(&url) {
                return Ok(Visit::Forbidden);
            }
            let Some(turn) = pace.wait(self.cancel).await? else {
                return Ok(Visit::Stopped);
            };
            let exchange = match self.fetch(turn, &url, page, pace).await? {
                Ok(exchange) => exchange,
                Err(error) => return Ok(Visit::NoAnswer(error.to_string())),
            };
            match redirect_target(&exchange, &url) {
                Some(next) => {
                    self.keep_exchange(&format!("redirect:{url}"), &exchange).await?;
                    url = next;
                }
                None => {
                    let (keeper, source) = (self.crawler.keeper.clone(), self.source.clone());
                    let page = page.clone();
                    let keep = move || keeper.keep_visit(&source, &page, &exchange);
                    return Ok(Visit::Kept(blocking(keep).await?));
                }
            }
        }
        Ok(Visit::NoAnswer(format!("it redirects more than {REDIRECTS_MAX} times")))
    }

    /// One request: the host's next time is durable before it leaves.
    async fn fetch(
        &mut self,
        turn: Turn,
        url: &Url,
        page: &Page,
        pace: &Pace,
    ) -> Result<Result<Exchange, FetchError>, CrawlError> {
        let archive = self.crawler.keeper.archive.clone();
        let (host, next) = (pace.authority.clone(), pace.next_at_ms());
        blocking(move || archive.hold_host_until(&host, next)).await?;
        let started = tokio::time::Instant::now();
        // Validators belong to the page's own URL, not to where it redirects.
        let own = url.as_str() == page.url;
        let validators = if own { page.validators.clone() } else { Validators::default() };
        let now = (self.crawler.keeper.now)();
        let answer = self.crawler.fetcher.get(url, &validators, now).await;
        pace.answered(turn, started.elapsed()).await?;
        if answer.is_ok() {
            self.counters.fetched += 1;
        }
        Ok(answer)
    }

    async fn keep_exchange(&self, key: &str, exchange: &Exchange) -> Result<(), CrawlError> {
        let (keeper, source) = (self.crawler.keeper.clone(), self.source.clone());
        let (key, exchange) = (key.to_owned(), exchange.clone());
        blocking(move || keeper.keep_exchange(&source, &key, &exchange)).await
    }

    fn count(&mut self, visit: &Visit, url: &str) {
        let counters = &mut self.counters;
        match visit {
            Visit::Kept(Kept::List) | Visit::Stopped => {}
            Visit::Kept(Kept::NotModified) => counters.not_modified += 1,
            Visit::Kept(Kept::Article(Recorded::New)) => counters.new += 1,
            Visit::Kept(Kept::Article(Recorded::Edited)) => counters.edited += 1,
            Visit::Kept(Kept::Article(Recorded::Unchanged)) => counters.unchanged += 1,
            Visit::Forbidden => counters.forbidden += 1,
            Visit::Kept(Kept::ErrorStatus(status)) => {
                self.error(url, &format!("answered {status}"))
            }
            Visit::Kept(Kept::CutShort) => self.error(url, "the answer was cut short"),
            Visit::Kept(Kept::Unreadable(diagnosis)) => self.error(url, &diagnosis.to_string()),
            Visit::Kept(Kept::Elsewhere(key)) => {
                self.error(url, &format!("it leads to another page ({key})"));
            }
            Visit::NoAnswer(why) => self.error(url, why),
        }
    }

    fn error(&mut self, url: &str, why: &str) {
        self.counters.errors += 1;
        tracing::warn!(source.id = %self.source.id, url, why, "page failed");
    }
}

fn closed(why: &str) -> Outcome {
    Outcome::Failed(format!("the host was left alone: {why}"))
}

/// What politeness and scope count as one host: its name, with the port where it is unusual.
/// `http` and `https` on their own ports are one, as portals redirect from one to the other.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Where a redirect leads (RFC 9110, section 15.4).
fn redirect_target(exchange: &Exchange, url: &Url) -> Option<Url> {
    if !matches!(exchange.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    url.join(&header(&exchange.response_head, "location")?).ok()
}
