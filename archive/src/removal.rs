//! Articles that are gone at their source, and those that an operator took down here.
//!
//! One failed visit proves nothing. An article counts as removed when it was found gone at three
//! visits in a row, the last at least three days after the first; a visit that finds it again
//! ends that. Both are written into a ledger, and what was kept stays.

use std::collections::HashSet;
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;
use serde_json::json;

use crate::article::parsed;
use crate::audit::Action;
use crate::outbox::{self, Change};
use crate::{Archive, ArchiveError, ArticleEvent, ArticleId, SourceId};

/// Visits in a row that must find an article gone.
const STRIKES: u32 = 3;
/// Least time from the first of them to the last.
const STRIKES_SPAN: SignedDuration = SignedDuration::from_hours(3 * 24);

/// What shows that an article is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum GoneSignal {
    /// The server answers 404.
    NotFound,
    /// The server answers 410.
    Gone,
    /// The page says so in words and holds no article, though the server answers 200.
    SoftNotFound,
    /// The page leads to the home page or a list.
    RedirectsHome,
}

/// A line of the ledger of removals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removal {
    /// When it was noted, RFC 3339, UTC.
    pub at: String,
    /// What showed it.
    pub signal: String,
    /// `removed`, or `returned`.
    pub state: String,
}

/// An article that is gone at its source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RemovedArticle {
    /// The article.
    pub article: ArticleId,
    /// Its source.
    pub source: SourceId,
    /// Its headline.
    pub title: String,
    /// When it was noted, RFC 3339, UTC.
    pub at: String,
    /// What showed it.
    pub signal: String,
}

/// An operator's order to hide an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Takedown {
    /// The article.
    pub article: String,
    /// When it was hidden, RFC 3339, UTC.
    pub at: String,
    /// Why.
    pub reason: String,
    /// When it is shown again by itself; `None` for never.
    pub until: Option<String>,
    /// When it was shown again.
    pub lifted_at: Option<String>,
    /// Why it was lifted.
    pub lifted_why: Option<String>,
}

/// The end of a day, as Vietnam counts it: an order until a day holds through it.
pub fn end_of(day: Date) -> Timestamp {
    let next = day.tomorrow().unwrap_or(Date::MAX);
    let midnight = next.to_datetime(jiff::civil::Time::midnight());
    crate::VIETNAM.to_timestamp(midnight).unwrap_or(Timestamp::MAX)
}

/// How long a removal counts when a portal's health is judged.
const LATELY: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Why an article is hidden that no operator hid.
const PAGE_ASKS: &str = "its page asks not to be indexed";

impl fmt::Display for GoneSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "the server answers 404",
            Self::Gone => "the server answers 410",
            Self::SoftNotFound => "the page says that it was not found",
            Self::RedirectsHome => "the page leads to the home page or a list",
        })
    }
}

impl Archive {
    /// Notes pages that a run found gone. Those that were found so often and long enough become
    /// removed; the number of these.
    pub fn strike(
        &self,
        source: &SourceId,
        gone: &[(String, GoneSignal)],
        now: Timestamp,
    ) -> Result<u64, ArchiveError> {
        self.write(|tx| {
            let mut removed = 0;
            for (key, signal) in gone {
                if strike(tx, source, key, now)? && remove(tx, source, key, *signal, now)? {
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }

    /// How many of a source's articles fail, and how many there are: those of `failed` that are
    /// live, those that were found gone before, and those that were removed lately.
    pub fn failing(
        &self,
        source: &SourceId,
        failed: &[String],
        now: Timestamp,
    ) -> Result<(u64, u64), ArchiveError> {
        self.read(|db| {
            let live = "SELECT count(*) FROM article WHERE source = ?1 AND status = 'live'";
            let live: u64 = db.query_row(live, [source.as_str()], |row| row.get(0))?;
            let lately = (now - LATELY).to_string();
            let removed =
                "SELECT count(*) FROM removal JOIN article ON article.id = removal.article
                 WHERE article.source = ?1 AND article.status = 'removed'
                 AND removal.state = 'removed' AND removal.at >= ?2";
            let values = params![source.as_str(), lately];
            let removed: u64 = db.query_row(removed, values, |row| row.get(0))?;
            let struck = "SELECT page.key FROM page JOIN article
                 ON article.source = page.source AND article.key = page.key
                 WHERE page.source = ?1 AND page.strikes > 0 AND article.status = 'live'";
            let mut struck = db.prepare_cached(struck)?;
            let struck = struck.query_map([source.as_str()], |row| row.get(0))?;
            let mut failing: HashSet<String> = struck.collect::<Result<_, _>>()?;
            let mut is_live = db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM article
                 WHERE source = ?1 AND key = ?2 AND status = 'live')",
            )?;
            for key in failed {
                if is_live.query_row(params![source.as_str(), key], |row| row.get(0))? {
                    failing.insert(key.clone());
                }
            }
            Ok((failing.len() as u64 + removed, live + removed))
        })
    }

    /// The removals and returns of an article, the oldest first.
    pub fn removals(&self, id: &ArticleId) -> Result<Vec<Removal>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT at, signal, state FROM removal WHERE article = ?1 ORDER BY id";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([id.as_str()], |row| {
                Ok(Removal { at: row.get(0)?, signal: row.get(1)?, state: row.get(2)? })
            })?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// The articles that are gone at their source, the newest first.
    pub fn removed_articles(&self, limit: u32) -> Result<Vec<RemovedArticle>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT article.id, article.source, json_extract(version.fields, '$.title'),
                     removal.at, removal.signal
                 FROM removal JOIN article ON article.id = removal.article
                 JOIN version ON version.article = article.id AND version.number = article.version
                 WHERE article.status = 'removed' AND removal.id =
                     (SELECT max(id) FROM removal AS newest WHERE newest.article = article.id)
                 ORDER BY removal.id DESC LIMIT ?1";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([limit], |row| {
                let (article, source) = (parsed(row, 0)?, parsed(row, 1)?);
                let (title, at, signal) = (row.get(2)?, row.get(3)?, row.get(4)?);
                Ok(RemovedArticle { article, source, title, at, signal })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Hides an article from search, until an instant or for good; `false` when there is none.
    pub fn take_down(
        &self,
        id: &ArticleId,
        reason: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            if !set_status(tx, id, "hidden")? {
                return Ok(false);
            }
            lift_rows(tx, id, "replaced by a newer order", now)?;
            tx.execute(
                "INSERT INTO takedown (article, at, reason, until) VALUES (?1, ?2, ?3, ?4)",
                params![id.as_str(), now.to_string(), reason, until.map(|at| at.to_string())],
            )?;
            outbox::append(tx, id, Change::Gone)?;
            let detail = json!({ "reason": reason, "until": until.map(|at| at.to_string()) });
            self.log(tx, now, Action::TakeDown, id.as_str(), detail)?;
            Ok(true)
        })
    }

    /// Shows a hidden article again; `false` when it is not hidden.
    pub fn lift(&self, id: &ArticleId, why: &str, now: Timestamp) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let lifted = lift(tx, id, why, now)?;
            if lifted {
                self.log(tx, now, Action::Lift, id.as_str(), json!({ "reason": why }))?;
            }
            Ok(lifted)
        })
    }

    /// Hides an article because its page asks not to be found; `false` when there is none that is
    /// shown.
    pub fn withdraw(
        &self,
        source: &SourceId,
        key: &str,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let id = ArticleId::of(source, key);
        let shown = self.article(&id)?.is_some_and(|a| a.status != crate::ArticleStatus::Hidden);
        Ok(shown && self.take_down(&id, PAGE_ASKS, None, now)?)
    }

    /// Shows an article again that was hidden because its page asked for it, and asks no more.
    pub fn readmit(
        &self,
        source: &SourceId,
        key: &str,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let id = ArticleId::of(source, key);
        let asked: bool = self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM takedown
                 WHERE article = ?1 AND reason = ?2 AND lifted_at IS NULL)";
            let mut query = db.prepare_cached(sql)?;
            Ok(query.query_row(params![id.as_str(), PAGE_ASKS], |row| row.get(0))?)
        })?;
        Ok(asked && self.lift(&id, "its page asks for it no more", now)?)
    }

    /// Shows the articles again whose orders have run out; their number.
    pub fn lift_expired(&self, now: Timestamp) -> Result<u64, ArchiveError> {
        let open = self.takedowns()?.into_iter().filter(|order| order.lifted_at.is_none());
        let expired = open.filter(|order| {
            let until = order.until.as_ref().and_then(|until| until.parse::<Timestamp>().ok());
            until.is_some_and(|until| until <= now)
        });
        let ids: Vec<ArticleId> = expired.filter_map(|order| order.article.parse().ok()).collect();
        if ids.is_empty() {
            return Ok(0);
        }
        self.write(|tx| {
            for id in &ids {
                lift(tx, id, "its time has run out", now)?;
            }
            Ok(ids.len() as u64)
        })
    }

    /// All orders to hide articles, the oldest first; those that were lifted stay in the list.
    pub fn takedowns(&self) -> Result<Vec<Takedown>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT article, at, reason, until, lifted_at, lifted_why FROM takedown ORDER BY id";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([], |row| {
                Ok(Takedown {
                    article: row.get(0)?,
                    at: row.get(1)?,
                    reason: row.get(2)?,
                    until: row.get(3)?,
                    lifted_at: row.get(4)?,
                    lifted_why: row.get(5)?,
                })
            })?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }
}

/// Counts one more visit that found a page gone; whether that is enough.
fn strike(
    tx: &Transaction<'_>,
    source: &SourceId,
    key: &str,
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    let now = now.as_second();
    let struck = tx
        .prepare_cached(
            "UPDATE page SET struck_at_s = CASE strikes WHEN 0 THEN ?3 ELSE struck_at_s END,
                 strikes = strikes + 1
             WHERE source = ?1 AND key = ?2 RETURNING strikes, struck_at_s",
        )?
        .query_row(params![source.as_str(), key, now], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, i64>(1)?))
        })
        .optional()?;
    Ok(struck.is_some_and(|(strikes, first)| {
        strikes >= STRIKES && now - first >= STRIKES_SPAN.as_secs()
    }))
}

/// Marks the article of a page as removed; `false` when it is none, or is not live.
fn remove(
    tx: &Transaction<'_>,
    source: &SourceId,
    key: &str,
    signal: GoneSignal,
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    let sql = "UPDATE article SET status = 'removed'
         WHERE source = ?1 AND key = ?2 AND status = 'live' RETURNING id";
    let row =
        tx.prepare_cached(sql)?.query_row(params![source.as_str(), key], |row| parsed(row, 0));
    let Some(id) = row.optional()? else { return Ok(false) };
    note(tx, &id, (&signal.to_string(), ArticleEvent::Removed), &now.to_string())?;
    Ok(true)
}

/// Notes that an article that was removed is back at its source.
pub(crate) fn note_return(
    tx: &Transaction<'_>,
    id: &ArticleId,
    now: &str,
) -> Result<(), ArchiveError> {
    note(tx, id, ("a visit found it again", ArticleEvent::Returned), now)
}

/// Writes into the ledger, and lets the indexes know.
fn note(
    tx: &Transaction<'_>,
    id: &ArticleId,
    (signal, event): (&str, ArticleEvent),
    now: &str,
) -> Result<(), ArchiveError> {
    let sql = "INSERT INTO removal (article, at, signal, state) VALUES (?1, ?2, ?3, ?4)";
    tx.prepare_cached(sql)?.execute(params![id.as_str(), now, signal, event.as_str()])?;
    outbox::append_event(tx, id, Change::Edited, Some(event))
}

/// Ends the strikes of a page that was found again.
pub(crate) fn forgive(
    tx: &Transaction<'_>,
    source: &SourceId,
    key: &str,
) -> Result<(), ArchiveError> {
    let sql = "UPDATE page SET strikes = 0, struck_at_s = 0
         WHERE source = ?1 AND key = ?2 AND strikes > 0";
    tx.prepare_cached(sql)?.execute(params![source.as_str(), key])?;
    Ok(())
}

fn lift(
    tx: &Transaction<'_>,
    id: &ArticleId,
    why: &str,
    now: Timestamp,
) -> Result<bool, ArchiveError> {
    if lift_rows(tx, id, why, now)? == 0 {
        return Ok(false);
    }
    // As the ledger has it: it may have gone at its source while it was hidden.
    let sql = "SELECT state FROM removal WHERE article = ?1 ORDER BY id DESC LIMIT 1";
    let state: Option<String> = tx.query_row(sql, [id.as_str()], |row| row.get(0)).optional()?;
    set_status(tx, id, if state.as_deref() == Some("removed") { "removed" } else { "live" })?;
    outbox::append(tx, id, Change::Edited)?;
    Ok(true)
}

fn lift_rows(
    tx: &Transaction<'_>,
    id: &ArticleId,
    why: &str,
    now: Timestamp,
) -> Result<usize, ArchiveError> {
    let sql = "UPDATE takedown SET lifted_at = ?2, lifted_why = ?3
         WHERE article = ?1 AND lifted_at IS NULL";
    Ok(tx.execute(sql, params![id.as_str(), now.to_string(), why])?)
}

fn set_status(tx: &Transaction<'_>, id: &ArticleId, status: &str) -> Result<bool, ArchiveError> {
    let sql = "UPDATE article SET status = ?2 WHERE id = ?1";
    Ok(tx.execute(sql, params![id.as_str(), status])? > 0)
}
