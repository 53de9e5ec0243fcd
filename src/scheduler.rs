//! Crawling on schedule while the site is served: the loop waits, a step crawls what is due.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use archive::{Archive, Round, Run, Source, SourceId};
use crawler::{CrawlError, Crawler, Order, Schedule, next_run};
use jiff::Timestamp;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::rooms::Rooms;

/// How often the schedules are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long runs under way may take when the server was told to stop: an answer takes half a minute at
/// most, and others may wait for it. What is not over then is given up as if it were killed, which
/// loses nothing.
const LAST_PAGES_MAX: Duration = Duration::from_secs(35);

/// Runs until `stop`; a run under way ends after its current page.
pub(crate) async fn run(rooms: Rooms, archive: Archive, stop: CancellationToken) {
    let mut scheduler = Scheduler {
        rooms,
        archive,
        since: Timestamp::now(),
        clock: Clock::new(Timestamp::now(), Instant::now()),
        crawler: None,
        running: HashMap::new(),
        runs: JoinSet::new(),
        waits: false,
    };
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = scheduler.runs.join_next_with_id() => scheduler.ended(ended),
            _ = ticks.tick() => {
                if let Err(error) = scheduler.start_due(&stop).await {
                    tracing::error!(%error, "the schedule could not be kept; it is tried again");
                }
            }
        }
    }
    let last = async {
        while let Some(ended) = scheduler.runs.join_next_with_id().await {
            scheduler.ended(ended);
        }
    };
    if tokio::time::timeout(LAST_PAGES_MAX, last).await.is_err() {
        tracing::warn!(
            "crawls that did not end in time are given up; they go on at the next start"
        );
    }
}

struct Scheduler {
    rooms: Rooms,
    archive: Archive,
    since: Timestamp,
    clock: Clock,
    /// Open only while something runs, so that imports and crawls by hand find the archive free.
    crawler: Option<Crawler>,
    /// Whose run each task is.
    running: HashMap<Id, SourceId>,
    runs: JoinSet<Result<Run, CrawlError>>,
    /// Whether something is due while another process has the archive.
    waits: bool,
}

impl Scheduler {
    /// Starts a run of every source that is due; a long run keeps no other source waiting.
    async fn start_due(&mut self, stop: &CancellationToken) -> anyhow::Result<()> {
        let (archive, since) = (self.archive.clone(), self.since);
        let now = Timestamp::now();
        let is_steady = self.clock.is_steady(now, Instant::now());
        let due = tokio::task::spawn_blocking(move || due(&archive, since, now, is_steady));
        for (source, round) in due.await?? {
            if self.running.values().any(|running| *running == source.id) {
                continue;
            }
            let Some(crawler) = self.take_up(&source.id).await? else { return Ok(()) };
            let stop = stop.clone();
            let id = source.id.clone();
            let task = self.runs.spawn(async move {
                let order = Order { source: &source, round, pages_max: None };
                crawler.run(&order, &stop, &|_| {}).await
            });
            self.running.insert(task.id(), id);
        }
        Ok(())
    }

    /// The crawler for a run that begins; none while another process adds to the archive. An order
    /// that comes while it runs is another one; one that cannot be carried out now stays.
    async fn take_up(&mut self, source: &SourceId) -> anyhow::Result<Option<Crawler>> {
        let Some(crawler) = self.crawler().await? else { return Ok(None) };
        let (archive, id) = (self.archive.clone(), source.clone());
        tokio::task::spawn_blocking(move || archive.take_up_order(&id)).await??;
        Ok(Some(crawler))
    }

    async fn crawler(&mut self) -> anyhow::Result<Option<Crawler>> {
        if let Some(open) = &self.crawler {
            return Ok(Some(open.clone()));
        }
        let (rooms, archive) = (self.rooms.clone(), self.archive.clone());
        let crawler = tokio::task::spawn_blocking(move || rooms.crawler(&archive)).await?;
        match crawler {
            Ok(crawler) => {
                self.waits = false;
                Ok(Some(self.crawler.insert(crawler).clone()))
            }
            Err(failure) if failure.is_locked() => {
                if !std::mem::replace(&mut self.waits, true) {
                    tracing::info!("crawls wait for the loa process that adds to the archive");
                }
                Ok(None)
            }
            Err(failure) => Err(anyhow::anyhow!("{failure}")),
        }
    }

    fn ended(&mut self, ended: Result<(Id, Result<Run, CrawlError>), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let source = self.running.remove(&id).map(String::from).unwrap_or_default();
        match ended {
            Ok((_, Ok(_))) => {}
            Ok((_, Err(error))) => {
                tracing::error!(source.id = source, %error, "the crawl failed");
            }
            Err(error) => tracing::error!(source.id = source, %error, "a crawl ended abnormally"),
        }
        if self.runs.is_empty() {
            self.crawler = None;
        }
    }
}

/// The sources that are due, each with the pages that its schedule visits. Articles whose time of
/// being hidden is over are shown again where the clock is steady: that cannot be taken back.
fn due(
    archive: &Archive,
    since: Timestamp,
    now: Timestamp,
    is_steady: bool,
) -> Result<Vec<(Source, Round)>, CrawlError> {
    if is_steady {
        archive.lift_expired(now)?;
    }
    crawler::forget_wrong_times(archive, now)?;
    let ordered = archive.crawl_orders()?;
    let mut due = Vec::new();
    for source in archive.sources()? {
        if ordered.contains(&source.id) {
            due.push((source, Round::All));
            continue;
        }
        match next_run(archive, &source, since, now) {
            Ok(Some(next)) if next.at <= now => {
                let round = source.schedule.parse::<Schedule>()?.round();
                due.push((source, round));
            }
            Ok(_) => {}
            Err(CrawlError::Schedule(error)) => {
                tracing::warn!(source.id = %source.id, %error, "the source is not crawled");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(due)
}
