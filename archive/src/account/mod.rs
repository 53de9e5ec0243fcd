//! Operators: who they are, what they may do, and how they prove it (passwords and tokens).

mod password;
mod session;
mod token;

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use password::{PASSWORD_CHARACTERS_MIN, SignIn, WeakPassword};
pub use session::Session;
pub use token::TokenHolder;

use crate::article::parsed;
use crate::audit::{Action, NOBODY};
use crate::{Archive, ArchiveError};

/// Characters of a name.
const NAME_CHARACTERS_MAX: usize = 64;

/// What an operator may do; each role may all that the ones before it may.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees how sources, runs and the archive stand.
    #[default]
    Viewer,
    /// Changes sources, articles' visibility and officials.
    Editor,
    /// Changes operators too, makes backups, rebuilds the index.
    Admin,
}

/// A role that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; use viewer, editor or admin")]
pub struct InvalidRole(String);

impl Role {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Editor, Self::Admin];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = InvalidRole;

    fn from_str(text: &str) -> Result<Self, InvalidRole> {
        let role = Self::ALL.into_iter().find(|role| role.as_str() == text);
        role.ok_or_else(|| InvalidRole(text.to_owned()))
    }
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Unique, as it is typed to sign in.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
    /// When the account was made, RFC 3339, UTC.
    pub added_at: String,
    /// Whether the operator can sign in to the site.
    pub has_password: bool,
    /// When the operator's token was made; `None` without one.
    pub token_since: Option<String>,
    /// Until when signing in is refused after many wrong passwords.
    pub locked_until: Option<String>,
    /// When the operator last signed in.
    pub signed_in_at: Option<String>,
}

/// Why a change of operators is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountRefusal {
    /// The name cannot be typed or shown well.
    #[error(
        "the name must have 1 to {NAME_CHARACTERS_MAX} characters, none of them a space or control character"
    )]
    Name,
    /// There is one of this name.
    #[error("there is an operator `{0}` already")]
    Taken(String),
    /// There is none of this name.
    #[error("there is no operator `{0}`; `loa user list` shows those there are")]
    Unknown(String),
    /// Nobody could add operators any more.
    #[error("`{0}` is the only admin; make another one first")]
    LastAdmin(String),
    /// The password is too easy to guess.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
}

/// What a change of operators came to.
pub type AccountResult<T> = Result<Result<T, AccountRefusal>, ArchiveError>;

const COLUMNS: &str = "account.name, account.role, account.added_at, account.password, \
    token.added_at, account.locked_until_s, account.signed_in_at";

impl Archive {
    /// All operators, by name.
    pub fn accounts(&self) -> Result<Vec<Account>, ArchiveError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {COLUMNS} FROM account LEFT JOIN token USING (name) ORDER BY account.name"
            );
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map([], from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds an operator, who can sign in if a password is given.
    pub fn add_account(
        &self,
        name: &str,
        role: Role,
        password: Option<&str>,
        now: Timestamp,
    ) -> AccountResult<()> {
        let name = name.trim();
        let letters = name.chars().all(|c| !c.is_whitespace() && !c.is_control());
        let reserved = name.eq_ignore_ascii_case(NOBODY);
        if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || !letters || reserved {
            return Ok(Err(AccountRefusal::Name));
        }
        let hash = match password.map(|password| password::hashed(name, password)).transpose() {
            Ok(hash) => hash,
            Err(weak) => return Ok(Err(weak.into())),
        };
        self.write(|tx| {
            // `Lan` and `lan` would be taken for one in the log.
            let sql = "INSERT INTO account (name, role, added_at, password) SELECT ?1, ?2, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM account WHERE lower(name) = lower(?1))";
            let values = params![name, role.as_str(), now.to_string(), hash];
            if tx.execute(sql, values)? == 0 {
                return Ok(Err(AccountRefusal::Taken(name.to_owned())));
            }
            let detail = json!({ "role": role, "password": hash.is_some() });
            self.log(tx, now, Action::AddOperator, name, detail)?;
            Ok(Ok(()))
        })
    }

    /// Gives an operator another role; sessions begin anew. The same role changes nothing.
    pub fn set_role(&self, name: &str, role: Role, now: Timestamp) -> AccountResult<()> {
        self.write(|tx| {
            let Some(before) = role_of(tx, name)? else {
                return Ok(Err(AccountRefusal::Unknown(name.to_owned())));
            };
            if before == role {
                return Ok(Ok(()));
            }
            if is_last_admin(tx, name)? {
                return Ok(Err(AccountRefusal::LastAdmin(name.to_owned())));
            }
            tx.execute("UPDATE account SET role = ?2 WHERE name = ?1", [name, role.as_str()])?;
            session::end_all(tx, name)?;
            let detail = json!({ "before": before, "after": role });
            self.log(tx, now, Action::ChangeRole, name, detail)?;
            Ok(Ok(()))
        })
    }

    /// Whether an operator may have a password: to be asked before other things are changed.
    pub fn check_password(&self, name: &str, password: &str) -> Result<(), WeakPassword> {
        password::check(name, password)
    }

    /// Removes an operator, with password, token and sessions.
    pub fn remove_account(&self, name: &str, now: Timestamp) -> AccountResult<()> {
        self.write(|tx| {
            let Some(role) = role_of(tx, name)? else {
                return Ok(Err(AccountRefusal::Unknown(name.to_owned())));
            };
            if is_last_admin(tx, name)? {
                return Ok(Err(AccountRefusal::LastAdmin(name.to_owned())));
            }
            tx.execute("DELETE FROM account WHERE name = ?1", [name])?;
            self.log(tx, now, Action::RemoveOperator, name, json!({ "role": role }))?;
            Ok(Ok(()))
        })
    }
}

fn role_of(tx: &Transaction<'_>, name: &str) -> Result<Option<Role>, ArchiveError> {
    let sql = "SELECT role FROM account WHERE name = ?1";
    Ok(tx.query_row(sql, [name], |row| parsed(row, 0)).optional()?)
}

/// Whether nobody else is an admin. Someone at the command line can always make one; whoever has
/// only the site cannot.
fn is_last_admin(tx: &Transaction<'_>, name: &str) -> Result<bool, ArchiveError> {
    let sql = "SELECT (SELECT role FROM account WHERE name = ?1) = 'admin'
         AND NOT EXISTS (SELECT 1 FROM account WHERE role = 'admin' AND name <> ?1)
         AND EXISTS (SELECT 1 FROM account WHERE name <> ?1)";
    Ok(tx.query_row(sql, [name], |row| row.get(0))?)
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Account> {
    let password: Option<String> = row.get(3)?;
    let locked_until: Option<i64> = row.get(5)?;
    let locked_until = locked_until.and_then(|s| Timestamp::from_second(s).ok());
    Ok(Account {
        name: row.get(0)?,
        role: parsed(row, 1)?,
        added_at: row.get(2)?,
        has_password: password.is_some(),
        token_since: row.get(4)?,
        locked_until: locked_until.map(|at| at.to_string()),
        signed_in_at: row.get(6)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_an_admin_among_several_operators() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        archive.add_account("lan", Role::Admin, None, now).unwrap().unwrap();
        archive.add_account("minh", Role::Editor, None, now).unwrap().unwrap();
        let last = Err(AccountRefusal::LastAdmin("lan".to_owned()));
        assert_eq!(archive.remove_account("lan", now).unwrap(), last);
        assert_eq!(archive.set_role("lan", Role::Viewer, now).unwrap(), last);
        archive.set_role("minh", Role::Admin, now).unwrap().unwrap();
        archive.remove_account("lan", now).unwrap().unwrap();
        archive.remove_account("minh", now).unwrap().unwrap();
        assert_eq!(archive.accounts().unwrap(), []);
    }

    #[test]
    fn names_are_unique_and_can_be_typed() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let add = |name| archive.add_account(name, Role::Viewer, None, Timestamp::UNIX_EPOCH);
        add("lan").unwrap().unwrap();
        assert_eq!(add("lan").unwrap(), Err(AccountRefusal::Taken("lan".to_owned())));
        assert_eq!(add("LAN").unwrap(), Err(AccountRefusal::Taken("LAN".to_owned())));
        for name in ["", " ", "lan anh", "a\u{7}", "nobody", &"a".repeat(65)] {
            assert_eq!(add(name).unwrap(), Err(AccountRefusal::Name), "{name:?}");
        }
    }
}
