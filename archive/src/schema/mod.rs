//! The tables of `archive.sqlite`: SQLite's `user_version` counts the steps taken to its format. What is
//! in the tables is for the files that are named after it.

mod steps;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use steps::STEPS;

use crate::ArchiveError;

/// From this format on, the words of officials' names are kept.
const WORDS_OF_NAMES: usize = 9;

/// Milliseconds to wait for another connection's write before giving up.
const BUSY_TIMEOUT_MS: u32 = 10_000;
/// KiB of pages that a connection keeps.
const CACHE_KIB: i64 = 16 * 1024;

/// Opens a connection and brings its tables to this program's format.
pub(crate) fn connect(path: &Path) -> Result<Connection, ArchiveError> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(std::time::Duration::from_millis(BUSY_TIMEOUT_MS.into()))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "cache_size", -CACHE_KIB)?;
    // Plans that do not depend on the values asked for: else statements are prepared anew at every
    // use.
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Readers come here often: they must not wait for whoever is writing.
    if format(&db)? == STEPS.len() {
        return Ok(db);
    }
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found = format(&tx)?;
    if found > STEPS.len() {
        let path = path.to_owned();
        return Err(ArchiveError::NewerFormat { path, found, known: STEPS.len() });
    }
    for step in &STEPS[found..] {
        tx.execute_batch(step)?;
    }
    if found < WORDS_OF_NAMES {
        crate::official::note_words_of_all(&tx)?;
    }
    tx.pragma_update(None, "user_version", STEPS.len())?;
    tx.commit()?;
    // What a step wrote anew would stay in the log as well, as long as the archive is open. Where that
    // cannot be helped, the archive is whole all the same.
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).ok();
    Ok(db)
}

/// Whether a database is of a format before this program's.
pub(crate) fn is_older(path: &Path) -> Result<bool, ArchiveError> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    Ok((1..STEPS.len()).contains(&format(&db)?))
}

/// The number of steps taken.
fn format(db: &Connection) -> Result<usize, ArchiveError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_of_the_first_format_is_brought_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.sqlite");
        let old = Connection::open(&path).unwrap();
        old.execute_batch(STEPS[0]).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        let id = |db: Connection| -> String {
            db.query_row("SELECT id FROM identity", [], |row| row.get(0)).unwrap()
        };
        let given = id(connect(&path).unwrap());
        assert_eq!(given.len(), 32);
        assert_eq!(id(connect(&path).unwrap()), given, "it stays");
    }

    #[test]
    fn officials_of_an_older_archive_are_found_by_their_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.sqlite");
        let old = Connection::open(&path).unwrap();
        STEPS[..8].iter().for_each(|step| old.execute_batch(step).unwrap());
        old.execute_batch(
            "INSERT INTO official (public_id, name, name_key, given_fold) VALUES
                 ('0123456789ab', 'Đinh Thị Thu Hương', 'đinh thị thu hương', 'huong'),
                 ('0123456789ac', 'Lê Hương', 'lê hương', 'huong')",
        )
        .unwrap();
        old.pragma_update(None, "user_version", 8).unwrap();
        drop(old);
        let archive = crate::Archive::open(folder.path()).unwrap();
        let named = |others: &[&str]| -> Vec<String> {
            let found = archive.officials_named("huong", others).unwrap();
            found.into_iter().map(|(_, name)| name).collect()
        };
        assert_eq!(named(&["thu"]), ["Đinh Thị Thu Hương"]);
        assert_eq!(named(&["thu", "dinh"]), ["Đinh Thị Thu Hương"]);
        assert_eq!(named(&["thu", "le"]), Vec::<String>::new());
        assert_eq!(named(&["le"]), ["Lê Hương"]);
        assert_eq!(named(&[]).len(), 2);
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.sqlite");
        connect(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(connect(&path), Err(ArchiveError::NewerFormat { found: 99, .. })));
    }
}
