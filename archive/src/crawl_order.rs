//! Orders to crawl a source now: whoever runs the schedule takes them up. One that comes while the
//! source is being crawled waits for the end; it is not lost, and not doubled.

use jiff::Timestamp;
use rusqlite::params;
use serde_json::json;

use crate::article::parsed;
use crate::audit::Action;
use crate::{Archive, ArchiveError, SourceId};

impl Archive {
    /// Orders a crawl.
    pub fn order_crawl(&self, source: &SourceId, now: Timestamp) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let sql = "INSERT INTO crawl_order VALUES (?1, ?2) ON CONFLICT (source) DO NOTHING";
            if tx.execute(sql, params![source.as_str(), now.to_string()])? == 0 {
                return Ok(());
            }
            self.log(tx, now, Action::OrderCrawl, source.as_str(), json!({}))
        })
    }

    /// The sources that are to be crawled by order, the oldest order first.
    pub fn crawl_orders(&self) -> Result<Vec<SourceId>, ArchiveError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached("SELECT source FROM crawl_order ORDER BY asked_at, source")?;
            let rows = query.query_map([], |row| parsed(row, 0))?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// Notes that an order was taken up.
    pub fn take_up_order(&self, source: &SourceId) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute("DELETE FROM crawl_order WHERE source = ?1", [source.as_str()])?;
            Ok(())
        })
    }
}
