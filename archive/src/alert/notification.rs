//! What alerts have matched: read from the outbox, written with how far it was read.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, params};

use super::AlertId;
use crate::article::parsed;
use crate::{Archive, ArchiveError, ArticleEvent, ArticleId, Seq};

/// Something that happened to an article, of which alerts may tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchedEvent {
    /// The entry of the outbox.
    pub seq: Seq,
    /// The article.
    pub article: ArticleId,
    /// Its newest version then.
    pub version: u32,
    /// What happened.
    pub event: ArticleEvent,
}

/// An alert matched something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The alert.
    pub alert: AlertId,
    /// The entry of the outbox.
    pub seq: Seq,
    /// The article.
    pub article: ArticleId,
    /// Its newest version then.
    pub version: u32,
    /// What happened.
    pub event: ArticleEvent,
    /// Whether only the version before this one matches: an edit took away what was looked for.
    pub lost: bool,
}

impl Archive {
    /// At most `limit` things that happened up to an entry of the outbox and were not yet matched,
    /// and the entry up to which these are all. They end before an article that was not read for
    /// people. `None` where nothing happened.
    pub fn unmatched_events(
        &self,
        last: Seq,
        limit: u32,
    ) -> Result<Option<(Vec<MatchedEvent>, Seq)>, ArchiveError> {
        self.read(|db| {
            let done = db.query_row("SELECT seq FROM alert_progress", [], |row| row.get(0))?;
            let mut query = db.prepare_cached(
                "SELECT outbox.seq, outbox.article, coalesce(outbox.version, 1), outbox.event,
                     article.people_rules = 0
                 FROM outbox JOIN article ON article.id = outbox.article
                 WHERE outbox.seq > ?1 AND outbox.seq <= ?2 ORDER BY outbox.seq LIMIT ?3",
            )?;
            let mut rows = query.query(params![done, last.0, limit])?;
            let (mut events, mut up_to) = (Vec::new(), Seq(done));
            while let Some(row) = rows.next()? {
                if row.get(4)? {
                    break;
                }
                up_to = Seq(row.get(0)?);
                if let Some(event) = row.get(3)? {
                    let (article, version) = (parsed(row, 1)?, row.get(2)?);
                    events.push(MatchedEvent { seq: up_to, article, version, event });
                }
            }
            Ok((up_to != Seq(done)).then_some((events, up_to)))
        })
    }

    /// Writes down what was matched up to an entry of the outbox. Alerts that were confirmed later,
    /// or have ended, are left out; what was written before is not written again.
    pub fn record_matches(&self, matches: &[Notification], up_to: Seq) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let done: u64 = tx.query_row("SELECT seq FROM alert_progress", [], |row| row.get(0))?;
            let mut begins = tx.prepare_cached(
                "SELECT begins_after FROM alert WHERE id = ?1 AND ended_at IS NULL",
            )?;
            let mut insert =
                tx.prepare_cached("INSERT INTO notification VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            let mut begin_of: HashMap<i64, Option<u64>> = HashMap::new();
            let mut newest: HashMap<i64, u64> = HashMap::new();
            for one in matches.iter().filter(|one| one.seq.0 > done) {
                let alert = one.alert.0;
                let begin = match begin_of.get(&alert) {
                    Some(known) => *known,
                    None => {
                        let read = begins.query_row([alert], |row| row.get(0)).optional()?;
                        *begin_of.entry(alert).or_insert(read.flatten())
                    }
                };
                if begin.is_none_or(|begin| one.seq.0 <= begin) {
                    continue;
                }
                newest
                    .entry(alert)
                    .and_modify(|seq| *seq = one.seq.0.max(*seq))
                    .or_insert(one.seq.0);
                insert.execute(params![
                    alert,
                    one.seq.0,
                    one.article.as_str(),
                    one.version,
                    one.event.as_str(),
                    one.lost
                ])?;
            }
            let mut update =
                tx.prepare_cached("UPDATE alert SET newest_match = ?2 WHERE id = ?1")?;
            for (alert, seq) in newest {
                update.execute(params![alert, seq])?;
            }
            tx.execute("UPDATE alert_progress SET seq = max(seq, ?1)", [up_to.0])?;
            Ok(())
        })
    }
}
