//! Runs: one crawl of one source, what it counted and how it ended.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::article::parsed;
use crate::{Archive, ArchiveError, SourceId};

/// The number of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunId(pub i64);

/// What a run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests answered, robots.txt and redirects included.
    pub fetched: u64,
    /// Answers 304: unchanged since the last visit.
    pub not_modified: u64,
    /// Articles not known before.
    pub new: u64,
    /// Articles with a new version.
    pub edited: u64,
    /// Articles that say what they said.
    pub unchanged: u64,
    /// Links that robots.txt forbids, and pages that ask not to be indexed.
    pub forbidden: u64,
    /// Articles that were not there any more.
    #[serde(default)]
    pub gone: u64,
    /// Of these, those that now count as removed: found gone at three visits over three days.
    #[serde(default)]
    pub removed: u64,
    /// Pages that failed: no answer, an error status, or nothing could be read from them.
    pub errors: u64,
}

/// How a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not ended, or its process was killed.
    Running,
    /// All due pages were visited.
    Done,
    /// It reached its limit of pages.
    PageLimit,
    /// It was asked to stop.
    Stopped,
    /// It could not go on, and why.
    Failed(String),
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// What it crawled.
    pub source: SourceId,
    /// What it did.
    pub counters: Counters,
    /// How it ended.
    pub outcome: Outcome,
}

impl Archive {
    /// Notes that a run begins.
    pub fn start_run(&self, source: &SourceId, now: &str) -> Result<RunId, ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO run (source, started_at, outcome, counters) VALUES (?1, ?2, ?3, ?4)",
                params![source.as_str(), now, text(&Outcome::Running), text(&Counters::default())],
            )?;
            Ok(RunId(tx.last_insert_rowid()))
        })
    }

    /// Notes how a run ended.
    pub fn finish_run(&self, run: &Run, now: &str) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE run SET finished_at = ?2, outcome = ?3, counters = ?4 WHERE id = ?1",
                params![run.id.0, now, text(&run.outcome), text(&run.counters)],
            )?;
            Ok(())
        })
    }
}

impl Archive {
    /// When the newest run of a source began.
    pub fn last_run_start(&self, source: &SourceId) -> Result<Option<Timestamp>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT started_at FROM run WHERE source = ?1 ORDER BY id DESC LIMIT 1";
            let found = db.prepare_cached(sql)?.query_row([source.as_str()], |row| parsed(row, 0));
            Ok(found.optional()?)
        })
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}
