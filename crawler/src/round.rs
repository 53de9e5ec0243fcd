//! The loop of a run: a page that is due, a visit, what came of it, and the next.

use std::time::{Duration, Instant};

use archive::{
    ArchiveError, Counters, Event, GoneSignal, Outcome, Page, PageKind, Recorded, RunId, Source,
    Trust, TrustException,
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::CrawlError;
use crate::blocking::blocking;
use crate::certificate::is_in_force;
use crate::crawl::{Crawler, Order, Progress};
use crate::discover::start_page;
use crate::extract::Diagnosis;
use crate::keep::Kept;
use crate::pace::Pace;
use crate::revisit::Found;
use crate::robots::Rules;
use crate::visit::{ROBOTS_FRESH, RobotsFile, Visit, Visitor, authority};

/// Pages in a row that got no answer, or a wall instead of a page; then the host is left alone.
const SILENT_PAGES_MAX: usize = 5;
/// How often a run writes down how far it is.
const NOTE_EVERY: Duration = Duration::from_secs(1);
/// Refusals of one page in a round, while others are answered, that make it the page's own fault.
const REFUSALS_MAX: u32 = 3;
/// Where a larger part of a source's articles is gone or fails, the portal is rather broken than
/// tidied up: one in so many. Fewer than [`FREEZE_ARTICLES_MIN`] prove nothing.
const FREEZE_PART: u64 = 10;
const FREEZE_ARTICLES_MIN: u64 = 3;

/// How often a run that found no room looks whether there is some.
const ROOM_LOOK_EVERY: Duration = Duration::from_secs(2);

/// The kind of event that tells of an article that is gone.
const GONE: &str = "gone";

/// A run under way.
pub(crate) struct Crawling<'a> {
    visitor: Visitor<'a>,
    order: &'a Order<'a>,
    id: RunId,
    progress: &'a (dyn Fn(Progress<'_>) + Send + Sync),
    pub(crate) counters: Counters,
    /// Pages asked for, without robots.txt and redirects.
    visited: u64,
    /// The keys of the pages in a row that got no answer.
    silent: Vec<String>,
    /// When the run's progress was last written down.
    noted_at: Instant,
    /// Whether any page was answered.
    answered: bool,
    /// The keys of articles' pages that were gone or could not be read.
    failed: Vec<String>,
    /// The articles that were gone, by their pages' keys.
    gone: Vec<(String, GoneSignal)>,
}

/// What a step did.
enum Step {
    Visited,
    Ended(Outcome),
}

impl<'a> Crawling<'a> {
    pub(crate) fn new(
        crawler: &'a Crawler,
        order: &'a Order<'a>,
        id: RunId,
        (cancel, progress): (&'a CancellationToken, &'a (dyn Fn(Progress<'_>) + Send + Sync)),
    ) -> Self {
        let visitor = Visitor { crawler, source: order.source, cancel, fetched: 0 };
        Self {
            visitor,
            order,
            id,
            progress,
            counters: Counters::default(),
            visited: 0,
            silent: Vec::new(),
            noted_at: Instant::now(),
            answered: false,
            failed: Vec::new(),
            gone: Vec::new(),
        }
    }

    pub(crate) async fn run(&mut self) -> Result<Outcome, CrawlError> {
        let outcome = loop {
            match self.crawl().await {
                // The page whose answer found no room is still due, and is asked for again.
                Err(full) if full.is_disk_full() => {
                    if !self.wait_for_room(&full).await? {
                        break Outcome::Stopped;
                    }
                }
                ended => break ended?,
            }
        };
        let outcome = match outcome {
            Outcome::Done if self.counters.forbidden == 0 && self.found_nothing().await? => {
                Outcome::Failed(
                    "the start pages lead to no article; `loa source check` shows what they give"
                        .into(),
                )
            }
            outcome => outcome,
        };
        if let Outcome::Failed(why) = &outcome {
            self.tell("failed", "", why).await?;
        }
        self.settle_gone().await?;
        self.look_for_drift().await?;
        Ok(outcome)
    }

    /// Whether the source has given no article, now or ever.
    async fn found_nothing(&self) -> Result<bool, CrawlError> {
        let (archive, id) = (self.visitor.crawler.keeper.archive.clone(), self.source().id.clone());
        Ok(!blocking(move || archive.knows_articles(&id)).await?)
    }

    /// Waits until there is room again; `false` when the run was stopped before.
    async fn wait_for_room(&mut self, full: &CrawlError) -> Result<bool, CrawlError> {
        tracing::error!(source.id = %self.source().id, why = %full, "crawling pauses");
        let keeper = &self.visitor.crawler.keeper;
        loop {
            tokio::select! {
                () = self.visitor.cancel.cancelled() => return Ok(false),
                () = tokio::time::sleep(ROOM_LOOK_EVERY) => {}
            }
            let (archive, now) = (keeper.archive.clone(), keeper.now_text());
            let (id, at) = (self.id, now);
            let kind = "paused".to_owned();
            let event = Event { at, kind, url: String::new(), detail: full.to_string() };
            // Whether there is room, a write says.
            let noted = blocking(move || match archive.has_room()? {
                true => archive.add_event(id, &event),
                false => Err(ArchiveError::DiskFull),
            });
            match noted.await {
                Ok(_) => return Ok(true),
                Err(still) if still.is_disk_full() => {}
                Err(other) => return Err(other),
            }
        }
    }

    async fn crawl(&mut self) -> Result<Outcome, CrawlError> {
        let Some(start) = self.source().start.first().cloned() else {
            return Ok(Outcome::Failed("the source has no start page".into()));
        };
        self.begin().await?;
        self.tell_of_trust().await?;
        let pace = self.visitor.pace(authority(&start));
        let limit = self.source().max_pages;
        let limit = self.order.pages_max.unwrap_or(limit).min(limit);
        loop {
            // A long run asks again when its copy is a day old.
            let asked_at = (self.visitor.crawler.keeper.now)();
            let rules = match self.rules(&start, &pace).await? {
                Ok(rules) => rules,
                Err(outcome) => return Ok(outcome),
            };
            while (self.visitor.crawler.keeper.now)().duration_since(asked_at) < ROBOTS_FRESH {
                if self.visited >= limit {
                    return Ok(Outcome::PageLimit);
                }
                if let Step::Ended(outcome) = self.step(&pace, &rules).await? {
                    return Ok(outcome);
                }
            }
        }
    }

    /// What the host's robots.txt says, or why the run ends.
    async fn rules(
        &mut self,
        start: &Url,
        pace: &Pace,
    ) -> Result<Result<Rules, Outcome>, CrawlError> {
        let rules = match self.visitor.robots(start, pace).await? {
            RobotsFile::Rules(rules) => rules,
            RobotsFile::Stale(rules, why) => {
                self.tell("robots", start.as_str(), &format!("an older copy is used: {why}"))
                    .await?;
                rules
            }
            RobotsFile::Refused(why) => return Ok(Err(Outcome::Failed(why))),
            RobotsFile::Closed(closed) => return Ok(Err(left_alone(&closed.why))),
            RobotsFile::Stopped => return Ok(Err(Outcome::Stopped)),
        };
        pace.slow_down(rules.crawl_delay()).await?;
        Ok(Ok(rules))
    }

    /// An exception from checking certificates is told in every run, and its end as well.
    async fn tell_of_trust(&self) -> Result<(), CrawlError> {
        let Some(trust @ Trust::Exception(exception)) = &self.source().tls else { return Ok(()) };
        let TrustException { reason, until } = exception;
        let now = (self.visitor.crawler.keeper.now)();
        let what = match is_in_force(trust, now) {
            true => format!("the certificate is not checked until {until}: {reason}"),
            false => format!("the exception for the certificate ended on {until}: {reason}"),
        };
        self.tell("certificate", "", &what).await
    }

    /// Makes the pages of this round due, and reads what a killed run left unread.
    async fn begin(&mut self) -> Result<(), CrawlError> {
        let (keeper, source) = (self.visitor.crawler.keeper.clone(), self.source().clone());
        let round = self.order.round;
        let left_over = blocking(move || {
            let profile = keeper.profile(&source)?;
            let start: Vec<_> = source.start.iter().map(|url| start_page(url, profile)).collect();
            keeper.archive.begin_round(&source.id, round, &start, (keeper.now)())?;
            keeper.read_pending(&source)
        })
        .await?;
        for kept in left_over {
            self.count(&Visit::Kept(kept), "").await?;
        }
        Ok(())
    }

    /// Visits the next page that is due.
    async fn step(&mut self, pace: &Pace, rules: &Rules) -> Result<Step, CrawlError> {
        let (archive, id) = (self.visitor.crawler.keeper.archive.clone(), self.source().id.clone());
        let next = blocking(move || match archive.has_room()? {
            true => archive.next_due_page(&id),
            false => Err(ArchiveError::DiskFull),
        });
        let Some(page) = next.await? else { return Ok(Step::Ended(Outcome::Done)) };
        let (keeper, known) = (self.visitor.crawler.keeper.clone(), page.clone());
        if blocking(move || keeper.is_trapped(&known)).await? {
            self.counters.trapped += 1;
            self.give_up(&page).await?;
            return Ok(Step::Visited);
        }
        let visit = self.visitor.visit(&page, pace, rules).await?;
        self.counters.fetched = self.visitor.fetched;
        match &visit {
            Visit::Stopped => return Ok(Step::Ended(Outcome::Stopped)),
            Visit::Barred(why) => return Ok(Step::Ended(Outcome::Failed(why.clone()))),
            Visit::Refused(closed) => {
                self.tell("refused", &page.url, &closed.why).await?;
                let archive = self.visitor.crawler.keeper.archive.clone();
                let refused = page.clone();
                let refusals = blocking(move || archive.defer_page(&refused)).await?;
                if refusals >= REFUSALS_MAX && self.answered {
                    // Others are answered: it is the page that fails, not the host.
                    self.counters.errors += 1;
                    self.give_up(&page).await?;
                }
                // The page stays due: the host is slowed, or left alone if it is for long.
                let now = (self.visitor.crawler.keeper.now)().as_millisecond();
                tracing::warn!(source.id = %self.source().id, why = closed.why,
                    seconds = (closed.until_ms - now) / 1000, "the host asks to be left alone");
                return self.refused(pace).await;
            }
            Visit::Forbidden | Visit::NoAnswer(_) => self.give_up(&page).await?,
            Visit::Kept(kept) if page.wait_s == 0 => self.note_shape(&page, kept).await?,
            Visit::Kept(_) => {}
        }
        self.visited += u64::from(!matches!(visit, Visit::Forbidden));
        self.answered |= matches!(visit, Visit::Kept(_));
        match is_silent(&visit) {
            true => self.silent.push(page.key.clone()),
            false => self.silent.clear(),
        }
        if page.kind == PageKind::Article {
            self.note_article(&page, &visit);
        }
        self.count(&visit, &page.url).await?;
        let (source, counters) = (&self.order.source.id, self.counters);
        (self.progress)(Progress { source, url: &page.url, counters });
        self.note_progress().await?;
        if self.silent.len() >= SILENT_PAGES_MAX {
            // It was the host that was silent: these pages are still due.
            let (archive, id) = (self.visitor.crawler.keeper.archive.clone(), source.clone());
            let silent = std::mem::take(&mut self.silent);
            blocking(move || archive.owe_pages(&id, &silent)).await?;
            let mut why = format!("{SILENT_PAGES_MAX} pages in a row gave no answer");
            if let Visit::NoAnswer(last) = &visit {
                why += &format!("; the last one: {last}");
            }
            return Ok(Step::Ended(left_alone(&why)));
        }
        Ok(Step::Visited)
    }

    /// Lets others know how far the run is.
    async fn note_progress(&mut self) -> Result<(), CrawlError> {
        if self.noted_at.elapsed() < NOTE_EVERY {
            return Ok(());
        }
        self.noted_at = Instant::now();
        let (archive, id) = (self.visitor.crawler.keeper.archive.clone(), self.id);
        let counters = self.counters;
        blocking(move || archive.note_progress(id, &counters)).await
    }

    /// Whether the run waits for a host that turned us away.
    async fn refused(&mut self, pace: &Pace) -> Result<Step, CrawlError> {
        Ok(match pace.wait(self.visitor.cancel).await? {
            crate::pace::Wait::Turn(_) => Step::Visited,
            crate::pace::Wait::Stopped => Step::Ended(Outcome::Stopped),
            crate::pace::Wait::Closed(closed) => Step::Ended(left_alone(&closed.why)),
        })
    }

    async fn note_shape(&self, page: &Page, kept: &Kept) -> Result<(), CrawlError> {
        let (keeper, known, kept) =
            (self.visitor.crawler.keeper.clone(), page.clone(), kept.clone());
        if blocking(move || keeper.note_shape(&known, &kept)).await? {
            let why = "pages like this one gave nothing new fifty times: no more are visited";
            self.tell("trap", &page.url, why).await?;
        }
        Ok(())
    }

    async fn give_up(&self, page: &Page) -> Result<(), CrawlError> {
        let (keeper, page) = (self.visitor.crawler.keeper.clone(), page.clone());
        blocking(move || {
            keeper.archive.give_up_page(&page)?;
            keeper.plan_next(&page, Found::Failure)
        })
        .await
    }

    fn note_article(&mut self, page: &Page, visit: &Visit) {
        match visit {
            Visit::Kept(Kept::Gone(signal)) => {
                self.failed.push(page.key.clone());
                self.gone.push((page.key.clone(), *signal));
            }
            Visit::Kept(
                Kept::ErrorStatus(_) | Kept::CutShort | Kept::Unreadable(_) | Kept::Suspect(_),
            )
            | Visit::NoAnswer(_) => self.failed.push(page.key.clone()),
            _ => {}
        }
    }

    /// Counts the articles that were gone, unless so many failed that the portal must be broken.
    async fn settle_gone(&mut self) -> Result<(), CrawlError> {
        let (gone, failed) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.failed));
        if gone.is_empty() {
            return Ok(());
        }
        let (keeper, source) = (self.visitor.crawler.keeper.clone(), self.source().id.clone());
        let (archive, id, now) = (keeper.archive.clone(), source.clone(), (keeper.now)());
        let judged = blocking(move || {
            let accepted = archive.accepts_changes(&id, now)?;
            Ok::<_, ArchiveError>((archive.failing(&id, &failed, now)?, accepted))
        });
        let ((failing, articles), accepted) = judged.await?;
        let frozen = failing >= FREEZE_ARTICLES_MIN && failing * FREEZE_PART > articles;
        if frozen && !accepted {
            let why = format!(
                "{failing} of {articles} articles fail or are gone: none is counted as removed, \
                 unless `loa source accept {source}` says that it is right"
            );
            return self.tell("frozen", "", &why).await;
        }
        let strike = move || keeper.archive.strike(&source, &gone, (keeper.now)());
        self.counters.removed = blocking(strike).await?;
        Ok(())
    }

    /// Compares what the articles gave with what they usually give.
    async fn look_for_drift(&mut self) -> Result<(), CrawlError> {
        let (keeper, source) = (self.visitor.crawler.keeper.clone(), self.source().id.clone());
        let judged = blocking(move || {
            let usual = keeper.archive.baseline(&source)?;
            let (alarms, next) = keeper.observed().judge(usual.as_ref());
            if let Some(next) = next {
                keeper.archive.keep_baseline(&source, &next)?;
            }
            Ok::<_, CrawlError>(alarms)
        });
        for alarm in judged.await? {
            tracing::warn!(source.id = %self.source().id, alarm, "the portal may have changed");
            self.tell("drift", "", &alarm).await?;
        }
        Ok(())
    }

    /// Counts a visit, and tells of it where something went wrong.
    async fn count(&mut self, visit: &Visit, url: &str) -> Result<(), CrawlError> {
        let Some((kind, why)) = self.counted(visit) else { return Ok(()) };
        if kind != GONE {
            self.counters.errors += 1;
            tracing::warn!(source.id = %self.source().id, url, why, "page failed");
        }
        self.tell(kind, url, &why).await
    }

    /// Counts a visit; the kind of event that it is and what to say, where it is one.
    fn counted(&mut self, visit: &Visit) -> Option<(&'static str, String)> {
        let counters = &mut self.counters;
        match visit {
            Visit::Kept(Kept::List(_)) | Visit::Refused(_) | Visit::Barred(_) | Visit::Stopped => {
                None
            }
            Visit::Kept(Kept::NotModified) => count_one(&mut counters.not_modified),
            Visit::Kept(Kept::Article(Recorded::New)) => count_one(&mut counters.new),
            Visit::Kept(Kept::Article(Recorded::Edited)) => count_one(&mut counters.edited),
            Visit::Kept(Kept::Article(Recorded::Unchanged)) => count_one(&mut counters.unchanged),
            Visit::Forbidden | Visit::Kept(Kept::Unreadable(Diagnosis::NoIndex)) => {
                count_one(&mut counters.forbidden)
            }
            Visit::Kept(Kept::Gone(signal)) => {
                counters.gone += 1;
                Some((GONE, signal.to_string()))
            }
            Visit::Kept(Kept::ErrorStatus(status)) => Some(("error", format!("answered {status}"))),
            Visit::Kept(Kept::CutShort) => Some(("error", "the answer was cut short".to_owned())),
            Visit::Kept(Kept::Unreadable(diagnosis @ Diagnosis::Challenge(_))) => {
                Some(("challenge", diagnosis.to_string()))
            }
            Visit::Kept(Kept::Suspect(what)) => {
                Some(("suspect", format!("the page does not give {what} any more")))
            }
            Visit::Kept(Kept::Unreadable(diagnosis)) => Some(("error", diagnosis.to_string())),
            Visit::Kept(Kept::Elsewhere(key)) => {
                Some(("error", format!("it leads to another page ({key})")))
            }
            Visit::NoAnswer(why) => Some(("error", why.clone())),
        }
    }

    /// Notes an event of the run.
    async fn tell(&self, kind: &str, url: &str, detail: &str) -> Result<(), CrawlError> {
        let (keeper, id) = (self.visitor.crawler.keeper.clone(), self.id);
        let (kind, url, detail) = (kind.to_owned(), url.to_owned(), detail.to_owned());
        let event = Event { at: keeper.now_text(), kind, url, detail };
        blocking(move || keeper.archive.add_event(id, &event)).await?;
        Ok(())
    }

    fn source(&self) -> &'a Source {
        self.order.source
    }
}

/// Counts what needs no telling.
fn count_one(counter: &mut u64) -> Option<(&'static str, String)> {
    *counter += 1;
    None
}

/// Whether nobody answered, or only a wall.
fn is_silent(visit: &Visit) -> bool {
    let wall = |kept: &Kept| matches!(kept, Kept::Unreadable(Diagnosis::Challenge(_)));
    matches!(visit, Visit::NoAnswer(_)) || matches!(visit, Visit::Kept(kept) if wall(kept))
}

fn left_alone(why: &str) -> Outcome {
    Outcome::Failed(format!("the host was left alone: {why}"))
}
