//! Operators' tokens. Only digests are kept: who reads the archive learns no token.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::session::{digest, random};
use super::{AccountRefusal, AccountResult, Role};
use crate::article::parsed;
use crate::audit::Action;
use crate::{Archive, ArchiveError};

/// An operator who showed a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// The operator's name.
    pub name: String,
    /// What the operator may do.
    pub role: Role,
}

impl Archive {
    /// Makes a token of 160 random bits for an operator, in place of an older one. It is shown here
    /// and never again.
    pub fn make_token(&self, name: &str, now: Timestamp) -> AccountResult<String> {
        self.write(|tx| {
            if super::role_of(tx, name)?.is_none() {
                return Ok(Err(AccountRefusal::Unknown(name.to_owned())));
            }
            let token = random(tx)?;
            tx.execute(
                "INSERT INTO token VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET digest = ?2, added_at = ?3",
                params![name, digest(&token), now.to_string()],
            )?;
            self.log(tx, now, Action::MakeToken, name, json!({}))?;
            Ok(Ok(token))
        })
    }

    /// Ends an operator's token; `false` when there was none.
    pub fn remove_token(&self, name: &str, now: Timestamp) -> Result<bool, ArchiveError> {
        self.write(|tx| {
            let ended = tx.execute("DELETE FROM token WHERE name = ?1", [name])? > 0;
            if ended {
                self.log(tx, now, Action::EndToken, name, json!({}))?;
            }
            Ok(ended)
        })
    }

    /// The operator who has this token.
    pub fn token_holder(&self, token: &str) -> Result<Option<TokenHolder>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT account.name, account.role FROM token
                 JOIN account ON account.name = token.name WHERE token.digest = ?1";
            let found = db.prepare_cached(sql)?.query_row([digest(token)], |row| {
                Ok(TokenHolder { name: row.get(0)?, role: parsed(row, 1)? })
            });
            Ok(found.optional()?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let knows = |token: &str| archive.token_holder(token).unwrap().is_some();
        let unknown = Err(AccountRefusal::Unknown("lan".to_owned()));
        assert_eq!(archive.make_token("lan", now).unwrap(), unknown);
        archive.add_account("lan", Role::Editor, None, now).unwrap().unwrap();
        let first = archive.make_token("lan", now).unwrap().unwrap();
        assert!(knows(&first) && !knows(""));
        let second = archive.make_token("lan", now).unwrap().unwrap();
        assert!(!knows(&first) && knows(&second));
        assert!(archive.remove_token("lan", now).unwrap() && !knows(&second));
        let third = archive.make_token("lan", now).unwrap().unwrap();
        archive.remove_account("lan", now).unwrap().unwrap();
        assert!(!knows(&third), "a token ends with its operator");
    }
}
