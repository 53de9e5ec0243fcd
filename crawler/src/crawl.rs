//! Crawling one source: a run, from its first note in the archive to its outcome.

use std::sync::{Arc, Mutex};

use archive::{Archive, Counters, Outcome, Recorder, Round, Run, RunId, Source, SourceId};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::blocking::blocking;
use crate::fetch::Fetcher;
use crate::keep::Keeper;
use crate::pace::Hosts;
use crate::round::Crawling;
use crate::{CrawlError, Profiles};

/// Crawls sources. One run of a source at a time; different sources may run side by side.
#[derive(Clone, Debug)]
pub struct Crawler {
    pub(crate) keeper: Keeper,
    pub(crate) fetcher: Fetcher,
    pub(crate) hosts: Hosts,
}

/// What a run is asked to do.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// The source to crawl.
    pub source: &'a Source,
    /// Which of its pages.
    pub round: Round,
    /// Most pages asked for, besides the source's own limit.
    pub pages_max: Option<u64>,
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

impl Crawler {
    /// A crawler that keeps what it fetches with `recorder`; `now` reads the clock.
    pub fn new(
        archive: Archive,
        recorder: Arc<Mutex<Recorder>>,
        fetcher: Fetcher,
        profiles: Profiles,
        now: fn() -> Timestamp,
    ) -> Self {
        let profiles = Arc::new(profiles);
        let observed = Arc::default();
        let keeper = Keeper { archive, recorder, profiles, now, observed };
        Self { keeper, fetcher, hosts: Hosts::default() }
    }

    /// Crawls a source once, until `cancel`.
    ///
    /// # Errors
    /// When the archive fails. What a portal does wrong is no error: the run tells of it.
    pub async fn run(
        &self,
        order: &Order<'_>,
        cancel: &CancellationToken,
        progress: &(dyn Fn(Progress<'_>) + Send + Sync),
    ) -> Result<Run, CrawlError> {
        let fetcher = self.fetcher.trusting(order.source, (self.keeper.now)())?;
        let (keeper, id) = (self.keeper.clone(), order.source.id.clone());
        let run_id = blocking(move || keeper.archive.start_run(&id, &keeper.now_text())).await?;
        // Each run observes its own articles.
        let keeper = Keeper { observed: Arc::default(), ..self.keeper.clone() };
        let own = Self { keeper, fetcher, hosts: self.hosts.clone() };
        let mut crawling = Crawling::new(&own, order, run_id, (cancel, progress));
        // A run that fails is noted as such: else it would look as if it went on for ever.
        let ended = crawling.run().await;
        let outcome = match &ended {
            Ok(outcome) => outcome.clone(),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        let run = self.note_end(run_id, order.source, crawling.counters, outcome).await?;
        ended?;
        Ok(run)
    }

    async fn note_end(
        &self,
        id: RunId,
        source: &Source,
        mut counters: Counters,
        outcome: Outcome,
    ) -> Result<Run, CrawlError> {
        counters.errors += u64::from(matches!(outcome, Outcome::Failed(_)));
        let run = Run { id, source: source.id.clone(), counters, outcome };
        let (keeper, finished) = (self.keeper.clone(), run.clone());
        blocking(move || keeper.archive.finish_run(&finished, &keeper.now_text())).await?;
        tracing::info!(
            source.id = %run.source, fetched = run.counters.fetched, new = run.counters.new,
            edited = run.counters.edited, errors = run.counters.errors, outcome = ?run.outcome,
            "run ended"
        );
        Ok(run)
    }
}
