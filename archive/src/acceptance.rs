//! Pages that are held back because they lack what they had, and an operator's word that this is
//! right.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use crate::article::parsed;
use crate::audit::Action;
use crate::capture::{CAPTURE_COLUMNS, capture_from_row};
use crate::{Archive, ArchiveError, Capture, SourceId};

impl Archive {
    /// Notes that a capture lacks what its article had: nothing is taken from it.
    pub fn record_suspect(&self, capture: &Capture, why: &str) -> Result<(), ArchiveError> {
        self.record_failed_extraction(capture)?;
        self.write(|tx| {
            let sql = "INSERT OR REPLACE INTO suspect VALUES (?1, ?2)";
            tx.execute(sql, params![capture.id.0, why])?;
            Ok(())
        })
    }

    /// The captures of a source that are held back and are still the newest of their pages.
    pub fn suspects(&self, source: &SourceId) -> Result<Vec<Capture>, ArchiveError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {CAPTURE_COLUMNS} FROM capture WHERE source = ?1
                 AND id IN (SELECT capture FROM suspect)
                 AND NOT EXISTS (SELECT 1 FROM capture AS later WHERE later.source = ?1
                     AND later.page_key = capture.page_key AND later.id > capture.id
                     AND later.extraction = 'done')
                 ORDER BY id"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map([source.as_str()], capture_from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Forgets what a source usually gave, which pages are held back and which spaces are closed;
    /// until a moment, many removals at once are believed.
    pub fn accept_changes(
        &self,
        source: &SourceId,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let source = source.as_str();
            tx.execute("DELETE FROM baseline WHERE source = ?1", [source])?;
            tx.execute("DELETE FROM shape WHERE source = ?1", [source])?;
            let held = "DELETE FROM suspect WHERE capture IN
                 (SELECT id FROM capture WHERE source = ?1)";
            tx.execute(held, [source])?;
            let sql = "INSERT OR REPLACE INTO acceptance VALUES (?1, ?2)";
            tx.execute(sql, params![source, until.to_string()])?;
            let detail = json!({ "until": until.to_string() });
            self.log(tx, now, Action::AcceptChanges, source, detail)
        })
    }

    /// Whether many removals at once are believed.
    pub fn accepts_changes(&self, source: &SourceId, now: Timestamp) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT until FROM acceptance WHERE source = ?1";
            let until = db.prepare_cached(sql)?.query_row([source.as_str()], |row| parsed(row, 0));
            Ok(until.optional()?.is_some_and(|until: Timestamp| now < until))
        })
    }
}
