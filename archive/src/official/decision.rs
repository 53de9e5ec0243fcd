//! Operators' decisions about who is who: merging and splitting, noted and undoable. What an
//! operator decided stays when articles are read again.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::OfficialId;
use super::dossier::row_of;
use super::words::note_words;
use crate::audit::Action;
use crate::outbox::{self, Change};
use crate::{Archive, ArchiveError, ArticleId};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// Two officials are one person.
    Merge,
    /// Some appearances are another person's.
    Split,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Operator,
    /// The joining, on evidence.
    Machine,
}

/// A decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// Its number.
    pub id: i64,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// What.
    pub kind: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// How many appearances it moved.
    pub moved: usize,
    /// Whether nobody decided it: articles showed that two are one.
    pub by_machine: bool,
    /// When it was undone.
    pub undone_at: Option<String>,
}

/// An appearance that a decision moved, and from whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Moved {
    article: String,
    name_key: String,
    from: i64,
    to: i64,
}

impl Archive {
    /// Makes one official of two: all that is known of `other` becomes `kept`'s. `None` where one is
    /// not known, or both are the same.
    pub fn merge_officials(
        &self,
        kept: &OfficialId,
        other: &OfficialId,
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<i64>, ArchiveError> {
        self.write(|tx| {
            let (Some(to), Some(from)) = (row_of(tx, kept)?, row_of(tx, other)?) else {
                return Ok(None);
            };
            if to == from {
                return Ok(None);
            }
            let sql = "SELECT article, name_key FROM appearance WHERE official = ?1";
            let moved = moved(tx, sql, params![from], from, to)?;
            tx.execute("UPDATE official SET merged_into = ?2 WHERE id = ?1", [from, to])?;
            let number = note(tx, (DecisionKind::Merge, Who::Operator), reason, &moved, now)?;
            let detail = json!({ "other": other.as_str(), "decision": number, "reason": reason });
            self.log(tx, now, Action::Merge, kept.as_str(), detail)?;
            Ok(Some(number))
        })
    }

    /// Makes an official of his own of those whom some articles name; their number is the new
    /// official's, `None` where none of the articles names the official.
    pub fn split_official(
        &self,
        official: &OfficialId,
        articles: &[ArticleId],
        reason: &str,
        now: Timestamp,
    ) -> Result<Option<(i64, OfficialId)>, ArchiveError> {
        self.write(|tx| {
            let Some(from) = row_of(tx, official)? else { return Ok(None) };
            let sql =
                "SELECT article, name_key FROM appearance WHERE official = ?1 AND article = ?2";
            let mut all = Vec::new();
            for article in articles {
                all.extend(moved(tx, sql, params![from, article.as_str()], from, from)?);
            }
            let Some(first) = all.first() else { return Ok(None) };
            let key = format!("{} {}", first.name_key, now);
            let id = OfficialId::of_first(&first.article, &key);
            tx.execute(
                "INSERT INTO official (public_id, name, name_key, given_fold)
                 SELECT ?2, name, name_key, given_fold FROM official WHERE id = ?1",
                params![from, id.as_str()],
            )?;
            let to = tx.last_insert_rowid();
            note_words(tx, to, &first.name_key)?;
            all.iter_mut().for_each(|moved| moved.to = to);
            let number = note(tx, (DecisionKind::Split, Who::Operator), reason, &all, now)?;
            let detail = json!({ "new": id.as_str(), "decision": number, "reason": reason });
            self.log(tx, now, Action::Split, official.as_str(), detail)?;
            Ok(Some((number, id)))
        })
    }

    /// Undoes a decision; `false` where there is none of this number, or it was undone before.
    pub fn undo_decision(&self, number: i64, now: Timestamp) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let sql = "SELECT moved, by_machine FROM official_decision
                 WHERE id = ?1 AND undone_at IS NULL";
            let found =
                tx.query_row(sql, [number], |row| Ok((crate::article::json(row, 0)?, row.get(1)?)));
            let found: Option<(Vec<Moved>, bool)> = found.optional()?;
            let Some((moved, by_machine)) = found else { return Ok(false) };
            for one in moved.iter().rev() {
                let back = Moved { from: one.to, to: one.from, ..one.clone() };
                tx.execute(
                    "UPDATE official SET merged_into = NULL WHERE id = ?1 AND merged_into = ?2",
                    [back.to, back.from],
                )?;
                // Who undoes what articles seemed to show has decided otherwise.
                carry_out(tx, &back, by_machine)?;
            }
            let sql = "UPDATE official_decision SET undone_at = ?2 WHERE id = ?1";
            tx.execute(sql, params![number, now.to_string()])?;
            self.log(tx, now, Action::UndoDecision, &number.to_string(), json!({}))?;
            Ok(true)
        })
    }

    /// All decisions, the oldest first.
    pub fn decisions(&self) -> Result<Vec<Decision>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT id, at, kind, reason, moved, undone_at, by_machine
                 FROM official_decision ORDER BY id";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([], |row| {
                let moved: Vec<Moved> = crate::article::json(row, 4)?;
                Ok(Decision {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    kind: row.get(2)?,
                    reason: row.get(3)?,
                    moved: moved.len(),
                    undone_at: row.get(5)?,
                    by_machine: row.get(6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Makes one official of two on evidence; operators can undo it.
pub(super) fn unite(
    tx: &Transaction<'_>,
    kept: i64,
    other: i64,
    reason: &str,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let sql = "SELECT article, name_key FROM appearance WHERE official = ?1";
    let moved = moved(tx, sql, params![other], other, kept)?;
    tx.execute("UPDATE official SET merged_into = ?2 WHERE id = ?1", [other, kept])?;
    note(tx, (DecisionKind::Merge, Who::Machine), reason, &moved, now)?;
    Ok(())
}

fn moved(
    tx: &Transaction<'_>,
    sql: &str,
    values: impl rusqlite::Params,
    from: i64,
    to: i64,
) -> Result<Vec<Moved>, ArchiveError> {
    let mut query = tx.prepare(sql)?;
    let rows = query.query_map(values, |row| {
        Ok(Moved { article: row.get(0)?, name_key: row.get(1)?, from, to })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Carries a decision out and writes it down; its number.
fn note(
    tx: &Transaction<'_>,
    (kind, who): (DecisionKind, Who),
    reason: &str,
    moved: &[Moved],
    now: Timestamp,
) -> Result<i64, ArchiveError> {
    for one in moved {
        carry_out(tx, one, who == Who::Operator)?;
    }
    let kind = match kind {
        DecisionKind::Merge => "merge",
        DecisionKind::Split => "split",
    };
    let moved = serde_json::to_string(moved).expect("texts and numbers serialise");
    tx.execute(
        "INSERT INTO official_decision (at, kind, reason, moved, by_machine)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![now.to_string(), kind, reason, moved, who == Who::Machine],
    )?;
    Ok(tx.last_insert_rowid())
}

fn carry_out(tx: &Transaction<'_>, moved: &Moved, decided: bool) -> Result<(), ArchiveError> {
    let Moved { article, name_key, from, to } = moved;
    tx.prepare_cached(
        "UPDATE appearance SET official = ?4, decided = ?5
         WHERE article = ?1 AND name_key = ?2 AND official = ?3",
    )?
    .execute(params![article, name_key, from, to, decided])?;
    tx.prepare_cached(
        "UPDATE holding SET official = ?4 WHERE article = ?1 AND name_key = ?2 AND official = ?3",
    )?
    .execute(params![article, name_key, from, to])?;
    // The indexes know whom each article names.
    let id = article.parse().map_err(|_| {
        ArchiveError::damaged("decision about officials")(format!("`{article}` is no article"))
    })?;
    outbox::append(tx, &id, Change::Edited)
}
