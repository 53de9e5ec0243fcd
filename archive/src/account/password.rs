//! Passwords: Argon2id with the parameters that OWASP's Password Storage Cheat Sheet asks for (19
//! MiB, 2 passes, 1 lane). After many wrong ones in a row an account is locked for a while.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use super::{AccountRefusal, AccountResult, session};
use crate::audit::Action;
use crate::{Archive, ArchiveError};

/// Least characters of a password.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
/// Most bytes that are hashed: whoever sends a book is up to something.
const PASSWORD_BYTES_MAX: usize = 1024;
/// Different characters that a password must have.
const DIFFERENT_MIN: usize = 5;
/// Wrong passwords in a row, from wherever, after which an account is locked. Whoever serves a form
/// stops a single guesser long before: a few requests must not keep an operator out.
const FAILURES_MAX: u32 = 50;
/// How long it is locked.
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Too short.
    #[error("the password has fewer than {PASSWORD_CHARACTERS_MIN} characters")]
    Short,
    /// Too long.
    #[error("the password has more than {PASSWORD_BYTES_MAX} bytes")]
    Long,
    /// Nearly one character over and over.
    #[error("the password has fewer than {DIFFERENT_MIN} different characters")]
    Monotonous,
    /// Nothing but digits.
    #[error("the password is nothing but digits")]
    Digits,
    /// It says who it belongs to.
    #[error("the password holds the operator's name")]
    HoldsName,
}

/// What trying to sign in came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignIn {
    /// It was right: the session's token, which is shown here and never again.
    Done(String),
    /// Name or password is wrong, or the account is locked after many wrong ones; which, nobody is
    /// told.
    Refused,
}

/// The hash of a password that an operator may have, as a PHC string.
pub(super) fn hashed(name: &str, password: &str) -> Result<String, WeakPassword> {
    check(name, password).map(|()| hash(password))
}

/// Whether an operator may have a password.
pub(super) fn check(name: &str, password: &str) -> Result<(), WeakPassword> {
    let mut different: Vec<char> = password.chars().collect();
    let characters = different.len();
    different.sort_unstable();
    different.dedup();
    match () {
        () if characters < PASSWORD_CHARACTERS_MIN => Err(WeakPassword::Short),
        () if password.len() > PASSWORD_BYTES_MAX => Err(WeakPassword::Long),
        () if different.len() < DIFFERENT_MIN => Err(WeakPassword::Monotonous),
        () if password.chars().all(|c| c.is_ascii_digit()) => Err(WeakPassword::Digits),
        () if password.to_lowercase().contains(&name.to_lowercase()) => {
            Err(WeakPassword::HoldsName)
        }
        () => Ok(()),
    }
}

fn hash(password: &str) -> String {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.expect("the length is bounded, and the system has random bytes").to_string()
}

/// Whether a password has a hash. Without a hash as much is computed as with one: how long it takes
/// tells nobody which names exist.
fn verifies(password: &str, known: Option<&str>) -> bool {
    let parsed = known.and_then(|known| PasswordHash::new(known).ok());
    match parsed {
        Some(hash) => Argon2::default().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            hash(password);
            false
        }
    }
}

impl Archive {
    /// Gives an operator a password; all sessions and the token of the operator end.
    pub fn set_password(&self, name: &str, password: &str, now: Timestamp) -> AccountResult<()> {
        let hash = match hashed(name, password) {
            Ok(hash) => hash,
            Err(weak) => return Ok(Err(weak.into())),
        };
        self.write(|tx| {
            let sql = "UPDATE account SET password = ?2, failures = 0, locked_until_s = NULL
                 WHERE name = ?1";
            if tx.execute(sql, params![name, hash])? == 0 {
                return Ok(Err(AccountRefusal::Unknown(name.to_owned())));
            }
            session::end_all(tx, name)?;
            // Whoever had the old one may have made it.
            tx.execute("DELETE FROM token WHERE name = ?1", [name])?;
            self.log(tx, now, Action::SetPassword, name, json!({}))?;
            Ok(Ok(()))
        })
    }

    /// Whether a password is the operator's; for whoever is signed in already.
    pub fn is_password(&self, name: &str, password: &str) -> Result<bool, ArchiveError> {
        let known = self.password_of(name)?;
        Ok(password.len() <= PASSWORD_BYTES_MAX && verifies(password, known.as_deref()))
    }

    /// Tries to begin a session.
    pub fn sign_in(
        &self,
        name: &str,
        password: &str,
        now: Timestamp,
    ) -> Result<SignIn, ArchiveError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Ok(SignIn::Refused);
        }
        let (locked, right) =
            (self.is_locked(name, now)?, verifies(password, self.password_of(name)?.as_deref()));
        if locked {
            return Ok(SignIn::Refused);
        }
        if right {
            return self.write(|tx| {
                let sql = "UPDATE account SET failures = 0, locked_until_s = NULL,
                     signed_in_at = ?2 WHERE name = ?1";
                tx.execute(sql, params![name, now.to_string()])?;
                session::begin(tx, name, now).map(SignIn::Done)
            });
        }
        self.count_failure(name, now)
    }

    /// A password that nobody can guess.
    pub fn random_password(&self) -> Result<String, ArchiveError> {
        self.write(session::random)
    }

    fn password_of(&self, name: &str) -> Result<Option<String>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT password FROM account WHERE name = ?1";
            let found = db.query_row(sql, [name], |row| row.get::<_, Option<String>>(0));
            Ok(found.optional()?.flatten())
        })
    }

    fn is_locked(&self, name: &str, now: Timestamp) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT locked_until_s FROM account WHERE name = ?1";
            let until = db.query_row(sql, [name], |row| row.get::<_, Option<i64>>(0));
            // A lock of longer than that was set by a clock that was wrong.
            let (now, latest) = (now.as_second(), (now + LOCKED_FOR).as_second());
            Ok(until.optional()?.flatten().is_some_and(|until| now < until && until <= latest))
        })
    }

    fn count_failure(&self, name: &str, now: Timestamp) -> Result<SignIn, ArchiveError> {
        let until = now + LOCKED_FOR;
        self.write(|tx| {
            let sql = "UPDATE account SET failures = failures + 1 WHERE name = ?1
                 RETURNING failures";
            let failures = tx.query_row(sql, [name], |row| row.get::<_, u32>(0)).optional()?;
            if failures.is_none_or(|failures| failures < FAILURES_MAX) {
                return Ok(SignIn::Refused);
            }
            let sql = "UPDATE account SET failures = 0, locked_until_s = ?2 WHERE name = ?1";
            tx.execute(sql, params![name, until.as_second()])?;
            let detail = json!({ "until": until.to_string() });
            self.log(tx, now, Action::LockOperator, name, detail)?;
            Ok(SignIn::Refused)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    const PASSWORD: &str = "mưa phùn tháng ba";

    #[test]
    fn many_wrong_passwords_lock_an_account_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        archive.add_account("lan", Role::Admin, Some(PASSWORD), now).unwrap().unwrap();
        // As many wrong ones, without hashing each.
        for _ in 0..FAILURES_MAX {
            assert_eq!(archive.count_failure("lan", now).unwrap(), SignIn::Refused);
        }
        let until = now + LOCKED_FOR;
        assert_eq!(archive.sign_in("lan", PASSWORD, now).unwrap(), SignIn::Refused);
        assert!(matches!(archive.sign_in("lan", PASSWORD, until).unwrap(), SignIn::Done(_)));
        // By a clock that was ahead.
        let long_before = now - 2 * LOCKED_FOR;
        for _ in 0..FAILURES_MAX {
            archive.count_failure("lan", now).unwrap();
        }
        assert!(matches!(archive.sign_in("lan", PASSWORD, long_before).unwrap(), SignIn::Done(_)));
        assert_eq!(archive.sign_in("khong-co", PASSWORD, now).unwrap(), SignIn::Refused);
    }

    #[test]
    fn easy_passwords_are_refused() {
        for (password, why) in [
            ("ngan qua", WeakPassword::Short),
            ("aaaaaaaaaaaabc", WeakPassword::Monotonous),
            ("123456789012", WeakPassword::Digits),
            ("Lan mua thu 2026", WeakPassword::HoldsName),
            (&"dài quá ".repeat(200), WeakPassword::Long),
        ] {
            assert_eq!(hashed("lan", password), Err(why), "{password}");
        }
    }
}
