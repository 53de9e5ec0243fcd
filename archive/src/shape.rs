//! Shapes of URLs, and what first visits to them gave: an endless space shows by giving nothing new.

use rusqlite::{OptionalExtension, params};

use crate::{Archive, ArchiveError, ArticleId, SourceId};

/// First visits to one shape that are looked back at; a shape none of which gave anything new is
/// closed (less than 2 % of 50 is none).
const VISITS: usize = 50;

impl Archive {
    /// Notes what the first visit to a page gave; whether its shape is closed by that.
    pub fn note_shape(
        &self,
        source: &SourceId,
        shape: &str,
        gave_something_new: bool,
        now: &str,
    ) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let sql = "SELECT visits FROM shape WHERE source = ?1 AND shape = ?2";
            let known = tx
                .prepare_cached(sql)?
                .query_row(params![source.as_str(), shape], |row| row.get::<_, String>(0))
                .optional()?;
            let mut visits = known.unwrap_or_default();
            visits.push(if gave_something_new { '+' } else { '-' });
            if visits.len() > VISITS {
                visits.remove(0);
            }
            let closed = visits.len() == VISITS && !visits.contains('+');
            let closed_at = closed.then_some(now);
            tx.prepare_cached(
                "INSERT INTO shape VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (source, shape) DO UPDATE SET visits = ?3, closed_at = ?4",
            )?
            .execute(params![source.as_str(), shape, visits, closed_at])?;
            Ok(closed)
        })
    }

    /// Whether pages of a shape are not visited for the first time any more.
    pub fn is_shape_closed(&self, source: &SourceId, shape: &str) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT closed_at IS NOT NULL FROM shape WHERE source = ?1 AND shape = ?2";
            let mut query = db.prepare_cached(sql)?;
            let closed = query.query_row(params![source.as_str(), shape], |row| row.get(0));
            Ok(closed.optional()?.unwrap_or(false))
        })
    }

    /// Whether another article of the same source says the very same.
    pub fn is_copy(&self, source: &SourceId, key: &str) -> Result<bool, ArchiveError> {
        let id = ArticleId::of(source, key);
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM version AS own
                 JOIN version AS other ON other.digest = own.digest AND other.article <> own.article
                 JOIN article ON article.id = other.article AND article.source = ?2
                 WHERE own.article = ?1)";
            let mut query = db.prepare_cached(sql)?;
            Ok(query.query_row(params![id.as_str(), source.as_str()], |row| row.get(0))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    #[test]
    fn fifty_visits_in_vain_close_a_shape() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let source: SourceId = "a".parse().unwrap();
        let now = "2026-01-01T00:00:00Z";
        archive
            .put_sources(&[Source::import_only(source.clone())], jiff::Timestamp::UNIX_EPOCH)
            .unwrap();
        let note = |new| archive.note_shape(&source, "/tin?trang=#", new, now).unwrap();
        assert!(!note(true));
        let closed: Vec<bool> = (0..50).map(|_| note(false)).collect();
        assert_eq!(closed.iter().position(|closed| *closed), Some(49));
        assert!(archive.is_shape_closed(&source, "/tin?trang=#").unwrap());
        assert!(!archive.is_shape_closed(&source, "/khac").unwrap());
        assert!(!note(true), "something new opens it again");
    }
}
