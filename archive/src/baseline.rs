//! What the pages of a source usually gave, so that a changed template is noticed.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::article::json;
use crate::{Archive, ArchiveError, SourceId};

/// Shares of articles, from 0 to 1, and the usual length of a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Have a section.
    pub category: f64,
    /// Have a summary.
    pub lead: f64,
    /// Have a day.
    pub published: f64,
    /// Say how often they were viewed.
    pub views: f64,
    /// Name their author or origin.
    pub credit: f64,
    /// Have a text.
    pub body: f64,
    /// Characters of the text, the median.
    pub length: f64,
}

impl Archive {
    /// What a source's articles usually gave; `None` before enough were read.
    pub fn baseline(&self, source: &SourceId) -> Result<Option<Baseline>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT shares FROM baseline WHERE source = ?1";
            let found = db.prepare_cached(sql)?.query_row([source.as_str()], |row| json(row, 0));
            Ok(found.optional()?)
        })
    }

    /// Keeps what a source's articles usually give.
    pub fn keep_baseline(
        &self,
        source: &SourceId,
        baseline: &Baseline,
    ) -> Result<(), ArchiveError> {
        let text = serde_json::to_string(baseline).expect("numbers serialise");
        self.write(|tx| {
            tx.execute(
                "INSERT INTO baseline VALUES (?1, ?2)
                 ON CONFLICT (source) DO UPDATE SET shares = ?2",
                params![source.as_str(), text],
            )?;
            Ok(())
        })
    }
}
