//! Matching what happened to articles against all alerts, in the order of the outbox.

use archive::{
    AlertId, AlertsState, Archive, Article, ArticleEvent, ArticleStatus, MatchedEvent, Notification,
};
use index::{Index, Percolator};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::AlertError;

/// Events that are matched and written down in one go.
const BATCH: u32 = 500;
/// How long prepared searches are used: what the archive learns of abbreviations meanwhile waits.
const PREPARED_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Matches events; keeps the alerts' searches prepared.
pub(crate) struct Matcher {
    archive: Archive,
    index: Index,
    prepared: Option<Prepared>,
}

struct Prepared {
    percolator: Percolator,
    alerts: AlertsState,
    at: Timestamp,
    day: Date,
}

impl Matcher {
    pub(crate) fn new(archive: Archive, index: Index) -> Self {
        Self { archive, index, prepared: None }
    }

    /// Matches all that happened; how many matches there were.
    pub(crate) fn step(&mut self, now: Timestamp) -> Result<usize, AlertError> {
        let mut matched = 0;
        loop {
            // What the index does not hold yet comes at a later step.
            let followed = self.index.followed_to()?;
            let Some((events, up_to)) = self.archive.unmatched_events(followed, BATCH)? else {
                return Ok(matched);
            };
            let found = if events.is_empty() { Vec::new() } else { self.matches(&events, now)? };
            self.archive.record_matches(&found, up_to)?;
            matched += found.len();
        }
    }

    fn matches(
        &mut self,
        events: &[MatchedEvent],
        now: Timestamp,
    ) -> Result<Vec<Notification>, AlertError> {
        self.prepare(now)?;
        let Some(Prepared { percolator, .. }) = &self.prepared else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        if percolator.is_empty() {
            return Ok(found);
        }
        let mut trials = percolator.trials(&self.index)?;
        for event in events {
            let Some(article) = self.article(event, event.version)? else { continue };
            let now_matching = trials.matching(&article)?;
            let before = match event.event {
                ArticleEvent::Edited if event.version > 1 => {
                    match self.article(event, event.version - 1)? {
                        Some(before) => trials.matching(&before)?,
                        None => Vec::new(),
                    }
                }
                _ => Vec::new(),
            };
            let lost = before.iter().filter(|alert| now_matching.binary_search(alert).is_err());
            let note = |lost: bool| move |alert: &AlertId| Notification::new(*alert, event, lost);
            found.extend(now_matching.iter().map(note(false)));
            found.extend(lost.map(note(true)));
        }
        Ok(found)
    }

    /// An article as one of its versions has it; none that is hidden.
    fn article(&self, event: &MatchedEvent, version: u32) -> Result<Option<Article>, AlertError> {
        let Some(article) = self.archive.article(&event.article)? else { return Ok(None) };
        if article.status == ArticleStatus::Hidden {
            return Ok(None);
        }
        if article.version == version {
            return Ok(Some(article));
        }
        let fields = self.archive.version_fields(&event.article, version)?;
        Ok(fields.map(|fields| Article { fields, version, ..article }))
    }

    fn prepare(&mut self, now: Timestamp) -> Result<(), AlertError> {
        let alerts = self.archive.alerts_state()?;
        let day = archive::VIETNAM.to_datetime(now).date();
        let is_fresh = self.prepared.as_ref().is_some_and(|prepared| {
            prepared.alerts == alerts
                && prepared.day == day
                && now.duration_since(prepared.at) < PREPARED_FOR
        });
        if !is_fresh {
            let active = self.archive.active_alerts()?.into_iter();
            let searches = active.map(|alert| (alert.id, alert.search));
            let percolator = self.index.percolator(searches, now)?;
            self.prepared = Some(Prepared { percolator, alerts, at: now, day });
        }
        Ok(())
    }
}
