//! Events: what a run has to tell its operator, one row each.

use rusqlite::params;
use serde::Serialize;

use crate::{Archive, ArchiveError, RunId};

/// Events kept of one run; a portal that breaks on every page must not fill the archive.
const EVENTS_MAX: u64 = 1_000;

/// Something that happened during a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When, RFC 3339, UTC.
    pub at: String,
    /// What kind of thing, as one word: `error`, `refused`, `gone`, `challenge`.
    pub kind: String,
    /// The page; empty when it is about the whole run.
    pub url: String,
    /// The rest in words.
    pub detail: String,
}

impl Archive {
    /// Adds an event to a run that has fewer than a thousand; `false` when it was left out.
    pub fn add_event(&self, run: RunId, event: &Event) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let sql = "INSERT INTO event (run, at, kind, url, detail)
                 SELECT ?1, ?2, ?3, ?4, ?5
                 WHERE (SELECT count(*) FROM event WHERE run = ?1) < ?6";
            let values = params![run.0, event.at, event.kind, event.url, event.detail, EVENTS_MAX];
            Ok(tx.prepare_cached(sql)?.execute(values)? > 0)
        })
    }

    /// The events of a run, in order.
    pub fn events(&self, run: RunId) -> Result<Vec<Event>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT at, kind, url, detail FROM event WHERE run = ?1 ORDER BY id";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([run.0], |row| {
                let (at, kind) = (row.get(0)?, row.get(1)?);
                Ok(Event { at, kind, url: row.get(2)?, detail: row.get(3)? })
            })?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }
}
