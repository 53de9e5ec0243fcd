//! The outbox: every change that an index must follow, in the order in which it was committed.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use crate::article::parsed;
use crate::{Archive, ArchiveError, ArticleId};

/// The number of an entry, from 1; 0 means "nothing seen yet".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seq(pub u64);

/// What an index must do about an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    New,
    /// It has a new version.
    Edited,
    /// It must not be found any more.
    Gone,
}

/// What happened to an article, as subscribers are told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ArticleEvent {
    /// It was not known before.
    New,
    /// Its page says something else.
    Edited,
    /// It is gone at its source.
    Removed,
    /// It is back at its source.
    Returned,
}

impl ArticleEvent {
    /// Its name: `new`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Edited => "edited",
            Self::Removed => "removed",
            Self::Returned => "returned",
        }
    }
}

impl FromSql for ArticleEvent {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "new" => Ok(Self::New),
            "edited" => Ok(Self::Edited),
            "removed" => Ok(Self::Removed),
            "returned" => Ok(Self::Returned),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

/// Adds a change of which nobody but the indexes is told.
pub(crate) fn append(
    tx: &Transaction<'_>,
    article: &ArticleId,
    change: Change,
) -> Result<(), ArchiveError> {
    append_event(tx, article, change, None)
}

/// Adds a change, and what it means for subscribers.
pub(crate) fn append_event(
    tx: &Transaction<'_>,
    article: &ArticleId,
    change: Change,
    event: Option<ArticleEvent>,
) -> Result<(), ArchiveError> {
    let change = match change {
        Change::New => "new",
        Change::Edited => "edited",
        Change::Gone => "gone",
    };
    tx.prepare_cached(
        "INSERT INTO outbox (article, change, mark, event, version)
         VALUES (?1, ?2, random(), ?3, (SELECT version FROM article WHERE id = ?1))",
    )?
    .execute(params![article.as_str(), change, event.map(ArticleEvent::as_str)])?;
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
