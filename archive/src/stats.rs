//! How much an archive holds.

use serde::Serialize;

use crate::{Archive, ArchiveError};

/// What an archive holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Sources known now.
    pub sources: u64,
    /// Pages that the crawler knows.
    pub pages: u64,
    /// Articles that search may return, removed ones among them.
    pub articles: u64,
    /// Of these, articles that are gone at their source.
    pub removed: u64,
    /// Articles taken down here.
    pub hidden: u64,
    /// Versions of all articles.
    pub versions: u64,
    /// Answers and imported files kept.
    pub captures: u64,
    /// Of these, those that repeat an earlier payload.
    pub revisits: u64,
    /// WARC files.
    pub files: u64,
    /// Their bytes.
    pub warc_bytes: u64,
    /// Runs noted.
    pub runs: u64,
}

impl Archive {
    /// Counts what the archive holds.
    pub fn stats(&self) -> Result<Stats, ArchiveError> {
        self.read(|db| {
            let count = |sql: &str| db.query_row(&format!("SELECT {sql}"), [], |row| row.get(0));
            Ok(Stats {
                sources: count("count(*) FROM source")?,
                pages: count("count(*) FROM page")?,
                articles: count("count(*) FROM article WHERE status <> 'hidden'")?,
                removed: count("count(*) FROM article WHERE status = 'removed'")?,
                hidden: count("count(*) FROM article WHERE status = 'hidden'")?,
                versions: count("count(*) FROM version")?,
                captures: count("count(*) FROM capture")?,
                revisits: count("count(*) FROM capture WHERE refers_to IS NOT NULL")?,
                files: count("count(*) FROM warc_file")?,
                warc_bytes: count("coalesce(sum(committed_length), 0) FROM warc_file")?,
                runs: count("count(*) FROM run")?,
            })
        })
    }
}
