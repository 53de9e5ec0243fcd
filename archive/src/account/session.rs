//! Sessions of operators who signed in to the site. Only digests of their tokens are kept, and a
//! token is replaced every hour. Where one that was replaced is shown again, two hold the session, and
//! one of them stole it: it ends for both.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::Role;
use crate::article::parsed;
use crate::audit::Action;
use crate::{Archive, ArchiveError};

/// Seconds after which a session ends that nobody uses.
const IDLE_S: i64 = 12 * 3600;
/// Seconds after which every session ends.
const AGE_MAX_S: i64 = 7 * 24 * 3600;
/// Seconds after which its token is replaced.
const ROTATE_AFTER_S: i64 = 3600;
/// Seconds for which the token before is still taken: a page asks for several things at once.
const GRACE_S: i64 = 60;
/// Seconds between two notes that a session is in use.
const NOTE_EVERY_S: i64 = 300;

/// A session that is valid now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whose it is.
    pub account: String,
    /// What the operator may do.
    pub role: Role,
    /// What forms must send back (against cross-site request forgery).
    pub form_token: String,
    /// The token that replaces the one given, if it was time.
    pub renewed: Option<String>,
}

struct Stored {
    id: i64,
    account: String,
    role: Role,
    form_token: String,
    started_at_s: i64,
    rotated_at_s: i64,
    used_at_s: i64,
    is_previous: bool,
}

impl Archive {
    /// The session of a token, if it is valid; its token is replaced when it is time.
    pub fn session(&self, token: &str, now: Timestamp) -> Result<Option<Session>, ArchiveError> {
        let now_s = now.as_second();
        let given = digest(token);
        let Some(found) = self.find_session(&given, now_s)? else { return Ok(None) };
        if found.is_previous && now_s - found.rotated_at_s > GRACE_S {
            self.end_stolen(&found, now)?;
            return Ok(None);
        }
        let mut session = Session {
            account: found.account,
            role: found.role,
            form_token: found.form_token,
            renewed: None,
        };
        if !found.is_previous && now_s - found.rotated_at_s >= ROTATE_AFTER_S {
            session.renewed = self.rotate(found.id, &given, now_s)?;
        } else if now_s - found.used_at_s >= NOTE_EVERY_S {
            self.write(|tx| {
                let sql = "UPDATE session SET used_at_s = ?2 WHERE id = ?1";
                Ok(tx.execute(sql, [found.id, now_s])?)
            })?;
        }
        Ok(Some(session))
    }

    fn find_session(&self, digest: &str, now_s: i64) -> Result<Option<Stored>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT session.id, account.name, account.role, form_token, started_at_s,
                     rotated_at_s, used_at_s, session.digest <> ?1
                 FROM session JOIN account ON account.name = session.account
                 WHERE ?1 IN (session.digest, session.previous)";
            let found = db.prepare_cached(sql)?.query_row([digest], stored).optional()?;
            Ok(found.filter(|one| {
                now_s - one.used_at_s < IDLE_S && now_s - one.started_at_s < AGE_MAX_S
            }))
        })
    }

    /// Replaces a token; `None` where another request did so at the same time.
    fn rotate(&self, id: i64, given: &str, now_s: i64) -> Result<Option<String>, ArchiveError> {
        self.write(|tx| {
            let token = random(tx)?;
            let sql = "UPDATE session SET digest = ?3, previous = ?2, rotated_at_s = ?4,
                     used_at_s = ?4 WHERE id = ?1 AND digest = ?2";
            let changed = tx.execute(sql, params![id, given, digest(&token), now_s])?;
            Ok((changed > 0).then_some(token))
        })
    }

    fn end_stolen(&self, found: &Stored, now: Timestamp) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute("DELETE FROM session WHERE id = ?1", [found.id])?;
            self.log(tx, now, Action::EndStolenSession, &found.account, json!({}))
        })
    }

    /// Ends the session of a token.
    pub fn end_session(&self, token: &str) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute("DELETE FROM session WHERE ?1 IN (digest, previous)", [digest(token)])?;
            Ok(())
        })
    }
}

/// Begins a session; its token. Those that have run out are swept away.
pub(super) fn begin(
    tx: &Transaction<'_>,
    account: &str,
    now: Timestamp,
) -> Result<String, ArchiveError> {
    let now_s = now.as_second();
    let old = "DELETE FROM session WHERE used_at_s < ?1 OR started_at_s < ?2";
    tx.execute(old, [now_s - IDLE_S, now_s - AGE_MAX_S])?;
    let (token, form_token) = (random(tx)?, random(tx)?);
    tx.execute(
        "INSERT INTO session (account, digest, form_token, started_at_s, rotated_at_s, used_at_s)
         VALUES (?1, ?2, ?3, ?4, ?4, ?4)",
        params![account, digest(&token), form_token, now_s],
    )?;
    Ok(token)
}

/// Ends all sessions of an operator.
pub(super) fn end_all(tx: &Transaction<'_>, account: &str) -> Result<(), ArchiveError> {
    tx.execute("DELETE FROM session WHERE account = ?1", [account])?;
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok(Stored {
        id: row.get(0)?,
        account: row.get(1)?,
        role: parsed(row, 2)?,
        form_token: row.get(3)?,
        started_at_s: row.get(4)?,
        rotated_at_s: row.get(5)?,
        used_at_s: row.get(6)?,
        is_previous: row.get(7)?,
    })
}

/// A text of 160 random bits.
pub(super) fn random(tx: &Transaction<'_>) -> Result<String, ArchiveError> {
    let random: Vec<u8> = tx.query_row("SELECT randomblob(20)", [], |row| row.get(0))?;
    Ok(BASE32_NOPAD.encode(&random).to_lowercase())
}

/// What is kept of a token.
pub(super) fn digest(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignIn;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn signed_in() -> (tempfile::TempDir, Archive, String) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let password = "mưa phùn tháng ba";
        archive.add_account("lan", Role::Editor, Some(password), at(0)).unwrap().unwrap();
        let SignIn::Done(token) = archive.sign_in("lan", password, at(0)).unwrap() else {
            panic!("the password is right")
        };
        (folder, archive, token)
    }

    #[test]
    fn tokens_are_replaced_and_the_old_one_serves_a_minute_longer() {
        let (_folder, archive, first) = signed_in();
        let session = archive.session(&first, at(10)).unwrap().unwrap();
        assert_eq!((session.role, session.renewed), (Role::Editor, None));
        let second = archive.session(&first, at(3600)).unwrap().unwrap().renewed.unwrap();
        assert!(archive.session(&first, at(3659)).unwrap().is_some());
        assert!(archive.session(&second, at(3660)).unwrap().is_some());
        archive.end_session(&second).unwrap();
        assert_eq!(archive.session(&second, at(3661)).unwrap(), None);
    }

    #[test]
    fn a_replaced_token_that_comes_back_ends_the_session_for_both() {
        let (_folder, archive, first) = signed_in();
        let second = archive.session(&first, at(3600)).unwrap().unwrap().renewed.unwrap();
        assert!(archive.session(&second, at(3700)).unwrap().is_some());
        assert_eq!(archive.session(&first, at(3701)).unwrap(), None);
        assert_eq!(archive.session(&second, at(3702)).unwrap(), None);
        let log = archive.audit(&crate::AuditFilter::default(), 1).unwrap();
        assert_eq!(
            (log[0].action.as_str(), log[0].subject.as_str()),
            ("operator.session-stolen", "lan")
        );
    }

    #[test]
    fn sessions_end_with_disuse_age_and_other_rights() {
        let (_folder, archive, token) = signed_in();
        assert_eq!(archive.session(&token, at(IDLE_S)).unwrap(), None);
        archive.add_account("minh", Role::Admin, None, at(0)).unwrap().unwrap();
        archive.set_role("lan", Role::Viewer, at(5)).unwrap().unwrap();
        assert_eq!(archive.session(&token, at(6)).unwrap(), None);
    }
}
