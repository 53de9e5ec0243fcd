//! Runs: one crawl of one source, what it counted and how it ended.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use crate::article::{json, parsed};
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
    /// Pages that were not visited, as pages like them gave nothing new for long.
    #[serde(default)]
    pub trapped: u64,
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
    /// It has not ended.
    Running,
    /// All due pages were visited.
    Done,
    /// It reached its limit of pages.
    PageLimit,
    /// It was asked to stop.
    Stopped,
    /// Its process was killed.
    Interrupted,
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

    /// Notes how far a run is.
    pub fn note_progress(&self, id: RunId, counters: &Counters) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.prepare_cached("UPDATE run SET counters = ?2 WHERE id = ?1")?
                .execute(params![id.0, text(counters)])?;
            Ok(())
        })
    }

    /// Notes that runs which a killed process left are over; how many. Only whoever holds the recorder, and
    /// runs nothing yet, knows that none of them goes on.
    pub(crate) fn end_killed_runs(&self, now: &str) -> Result<usize, ArchiveError> {
        self.write(|tx| {
            let sql = "UPDATE run SET finished_at = ?1, outcome = ?2 WHERE finished_at IS NULL";
            Ok(tx.execute(sql, params![now, text(&Outcome::Interrupted)])?)
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
    /// What all runs did together.
    pub fn run_totals(&self) -> Result<Counters, ArchiveError> {
        self.read(|db| {
            let sum = |name: &str| format!("coalesce(sum(json_extract(counters, '$.{name}')), 0)");
            let names = [
                "fetched",
                "not_modified",
                "new",
                "edited",
                "unchanged",
                "forbidden",
                "trapped",
                "gone",
                "removed",
                "errors",
            ];
            let sql = format!("SELECT {} FROM run", names.map(sum).join(", "));
            Ok(db.prepare_cached(&sql)?.query_row([], |row| {
                Ok(Counters {
                    fetched: row.get(0)?,
                    not_modified: row.get(1)?,
                    new: row.get(2)?,
                    edited: row.get(3)?,
                    unchanged: row.get(4)?,
                    forbidden: row.get(5)?,
                    trapped: row.get(6)?,
                    gone: row.get(7)?,
                    removed: row.get(8)?,
                    errors: row.get(9)?,
                })
            })?)
        })
    }
}

/// How the newest run of a source stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastRun {
    /// When it began.
    pub started_at: Timestamp,
    /// Requests that were answered.
    pub fetched: u64,
    /// How it ended.
    pub outcome: Outcome,
}

impl Archive {
    /// The newest run of a source.
    pub fn last_run(&self, source: &SourceId) -> Result<Option<LastRun>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT started_at, outcome, counters FROM run WHERE source = ?1
                 ORDER BY id DESC LIMIT 1";
            let found = db.prepare_cached(sql)?.query_row([source.as_str()], |row| {
                let Counters { fetched, .. } = json(row, 2)?;
                Ok(LastRun { started_at: parsed(row, 0)?, fetched, outcome: json(row, 1)? })
            });
            Ok(found.optional()?)
        })
    }

    /// The newest runs, of one source or of all, the newest first.
    pub fn runs(
        &self,
        source: Option<&SourceId>,
        limit: u32,
    ) -> Result<Vec<RunRecord>, ArchiveError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {RUN_COLUMNS} FROM run WHERE ?1 IS NULL OR source = ?1
                 ORDER BY id DESC LIMIT ?2"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map(params![source.map(SourceId::as_str), limit], record)?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// One run.
    pub fn run(&self, id: RunId) -> Result<Option<RunRecord>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {RUN_COLUMNS} FROM run WHERE id = ?1");
            Ok(db.prepare_cached(&sql)?.query_row([id.0], record).optional()?)
        })
    }
}

/// A run as it was noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RunRecord {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
}

const RUN_COLUMNS: &str = "id, source, counters, outcome, started_at, finished_at";

fn record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let (id, source) = (RunId(row.get(0)?), parsed(row, 1)?);
    let run = Run { id, source, counters: json(row, 2)?, outcome: json(row, 3)? };
    Ok(RunRecord { run, started_at: row.get(4)?, finished_at: row.get(5)? })
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain data always serialises")
}
