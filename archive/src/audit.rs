//! The log of what people changed: who, when, what, and how it was before. An entry is written in
//! the transaction of its change: there is none without the other. Work that takes long is logged when
//! it is ordered.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};
use serde::Serialize;
use serde_json::Value;

use crate::article::json;
use crate::{Archive, ArchiveError};

/// Who did what no person did; no operator is called so.
pub(crate) const NOBODY: &str = "nobody";

/// Who changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever may run commands on the archive's machine.
    CommandLine,
    /// An operator, over the site or the API.
    Operator(String),
}

macro_rules! actions {
    ($($action:ident = $name:literal, $about:literal;)*) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $(#[doc = $about] $action,)* }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// Its name.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }
        }
    };
}

actions! {
    AddSource = "source.add", "A source was added.";
    ChangeSource = "source.change", "A source's definition was changed.";
    RemoveSource = "source.remove", "A source was removed.";
    OrderCrawl = "source.crawl", "A crawl was ordered.";
    AcceptChanges = "source.accept", "What a portal shows now was taken for right.";
    Reextract = "source.reextract", "Kept pages were ordered to be read again.";
    TakeDown = "article.take-down", "An article was hidden.";
    Lift = "article.lift", "A hidden article was shown again.";
    Merge = "official.merge", "Two officials were made one.";
    Split = "official.split", "An official was made two.";
    UndoDecision = "official.undo", "A merge or split was undone.";
    EndAlert = "alert.end", "An alert was ended.";
    AddOperator = "operator.add", "An operator was added.";
    ChangeRole = "operator.role", "An operator's role was changed.";
    SetPassword = "operator.password", "An operator's password was set.";
    LockOperator = "operator.lock", "Too many wrong passwords locked an operator out.";
    EndStolenSession = "operator.session-stolen", "A replaced session token was shown again.";
    MakeToken = "operator.token", "A token was made for an operator.";
    EndToken = "operator.token-end", "An operator's token was ended.";
    RemoveOperator = "operator.remove", "An operator was removed.";
    Backup = "archive.backup", "A backup was ordered.";
    RebuildIndex = "index.rebuild", "The index was ordered to be built anew.";
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEntry {
    /// Its number; later ones are larger.
    pub id: i64,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Who: `command line`, or an operator's name.
    pub by: String,
    /// What, as [`Action::as_str`] has it.
    pub action: String,
    /// To whom or what: a source's, article's or official's id, or an operator's name.
    pub subject: String,
    /// The rest, by action: how it was before and after, the reason.
    pub detail: Value,
}

/// Which entries of the log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those of this person.
    pub by: Option<String>,
    /// Only these changes.
    pub action: Option<Action>,
    /// Only those of this subject.
    pub subject: Option<String>,
    /// Only those before this number.
    pub before: Option<i64>,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine => f.write_str("command line"),
            Self::Operator(name) => f.write_str(name),
        }
    }
}

/// A name that no action has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no action; the log shows their names")]
pub struct InvalidAction(String);

impl FromStr for Action {
    type Err = InvalidAction;

    fn from_str(text: &str) -> Result<Self, InvalidAction> {
        let action = Self::ALL.iter().copied().find(|action| action.as_str() == text);
        action.ok_or_else(|| InvalidAction(text.to_owned()))
    }
}

impl Archive {
    /// Logs an order that leaves no other trace in the archive.
    pub fn log_change(
        &self,
        action: Action,
        subject: &str,
        detail: Value,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| self.log(tx, now, action, subject, detail))
    }

    /// Logs that a backup into a folder was ordered; not where the disk is full, as that is no reason to
    /// refuse one into another disk.
    pub fn log_backup(
        &self,
        name: &str,
        folder: &Path,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        match self.log_change(Action::Backup, name, serde_json::json!({ "folder": folder }), now) {
            Err(ArchiveError::DiskFull) => Ok(()),
            done => done,
        }
    }

    /// Logs a change in its own transaction.
    pub(crate) fn log(
        &self,
        tx: &Transaction<'_>,
        now: Timestamp,
        action: Action,
        subject: &str,
        detail: Value,
    ) -> Result<(), ArchiveError> {
        let by = match (&self.actor, action) {
            (Some(actor), _) => actor.to_string(),
            (None, Action::LockOperator | Action::EndStolenSession) => NOBODY.to_owned(),
            (None, _) => return Ok(()),
        };
        let sql = "INSERT INTO audit (at, by, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![now.to_string(), by, action.as_str(), subject, detail.to_string()];
        tx.execute(sql, values)?;
        Ok(())
    }

    /// The log, the newest first.
    pub fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT id, at, by, action, subject, detail FROM audit
                 WHERE (?1 IS NULL OR by = ?1) AND (?2 IS NULL OR action = ?2)
                     AND (?3 IS NULL OR subject = ?3) AND (?4 IS NULL OR id < ?4)
                 ORDER BY id DESC LIMIT ?5";
            let AuditFilter { by, action, subject, before } = filter;
            let values = params![by, action.map(Action::as_str), subject, before, limit];
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map(values, from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        id: row.get(0)?,
        at: row.get(1)?,
        by: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        detail: json(row, 5)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    #[test]
    fn what_people_change_is_logged_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        archive.add_account("may", Role::Viewer, None, now).unwrap().unwrap();
        let lan = archive.acting(Actor::Operator("lan".to_owned()));
        lan.add_account("minh", Role::Viewer, None, now).unwrap().unwrap();
        lan.add_account("minh", Role::Viewer, None, now).unwrap().unwrap_err();
        lan.set_role("minh", Role::Editor, now).unwrap().unwrap();
        let all = archive.audit(&AuditFilter::default(), 10).unwrap();
        let told: Vec<_> = all.iter().map(|e| (&*e.by, &*e.action, &*e.subject)).collect();
        assert_eq!(told, [("lan", "operator.role", "minh"), ("lan", "operator.add", "minh")]);
        assert_eq!(all[0].detail["before"], "viewer");
        let roles = AuditFilter { action: Some(Action::ChangeRole), ..AuditFilter::default() };
        assert_eq!(archive.audit(&roles, 10).unwrap(), all[..1]);
    }
}
