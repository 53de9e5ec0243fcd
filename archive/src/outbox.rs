//! The outbox: every change that an index must follow, in the order in which it was committed.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::article::parsed;
use crate::{Archive, ArchiveError, ArticleId};

/// The number of an entry, from 1; 0 means "nothing seen yet".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seq(pub u64);

/// What happened to an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    New,
    /// It has a new version.
    Edited,
    /// It must not be found any more.
    Gone,
}

pub(crate) fn append(
    tx: &Transaction<'_>,
    article: &ArticleId,
    change: Change,
) -> Result<(), ArchiveError> {
    let change = match change {
        Change::New => "new",
        Change::Edited => "edited",
        Change::Gone => "gone",
    };
    tx.prepare_cached("INSERT INTO outbox (article, change, mark) VALUES (?1, ?2, random())")?
        .execute(params![article.as_str(), change])?;
    Ok(())
}

impl Archive {
    /// At most `limit` articles that changed after `seq`, each with the number of its entry.
    pub fn changes_after(
        &self,
        seq: Seq,
        limit: u32,
    ) -> Result<Vec<(Seq, ArticleId)>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT seq, article FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2",
            )?;
            let rows = query
                .query_map(params![seq.0, limit], |row| Ok((Seq(row.get(0)?), parsed(row, 1)?)))?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// The random mark of an entry; `None` when there is no such entry, as for 0.
    pub fn change_mark(&self, seq: Seq) -> Result<Option<i64>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached("SELECT mark FROM outbox WHERE seq = ?1")?;
            Ok(query.query_row([seq.0], |row| row.get(0)).optional()?)
        })
    }

    /// The number of the newest entry.
    pub fn newest_change(&self) -> Result<Seq, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT coalesce(max(seq), 0) FROM outbox";
            Ok(Seq(db.query_row(sql, [], |row| row.get(0))?))
        })
    }
}
