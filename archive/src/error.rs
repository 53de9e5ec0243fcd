//! What can go wrong in the archive, said so that an operator knows where and what to do.

use std::path::{Path, PathBuf};

use crate::room::is_about_room;

/// SQLite's codes for writes that the system refused: to its files, and to the one that processes share.
const REFUSED: [i32; 2] = [rusqlite::ffi::SQLITE_IOERR_WRITE, rusqlite::ffi::SQLITE_IOERR_SHMSIZE];

/// An error of the archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file or folder could not be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database refused a statement.
    #[error("the archive's database failed: {0}")]
    Sql(rusqlite::Error),
    /// The database cannot be opened, or not be written.
    #[error(
        "{path} cannot be written: {why}; run loa as the user whom the --data folder belongs to, and \
         where it may be written"
    )]
    Unwritable {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// The database is damaged.
    #[error(
        "{path} is damaged: {why}; restore a backup into another folder: `loa archive restore`"
    )]
    DamagedDatabase {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        why: String,
    },
    /// There are captures, but no database that knows of them.
    #[error(
        "{path} is lost, but the folder `warc` beside it holds captures; put this folder aside, and \
         restore a backup: `loa archive restore`"
    )]
    LostDatabase {
        /// The database file.
        path: PathBuf,
    },
    /// Another process writes to the same archive.
    #[error(
        "{path} is in use by another loa process; stop that one, or choose another --data folder"
    )]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The folder was written by a newer program.
    #[error(
        "{path} has archive format {found}, but this loa knows only up to {known}; use a newer loa"
    )]
    NewerFormat {
        /// The database file.
        path: PathBuf,
        /// The format found.
        found: usize,
        /// The newest format this program reads.
        known: usize,
    },
    /// There is nothing to read.
    #[error(
        "there is no archive in {folder}; name its folder with --data, or make one with \
         `loa demo`, `loa import` or `loa source apply`"
    )]
    Missing {
        /// The folder.
        folder: PathBuf,
    },
    /// The database is not the one that was opened.
    #[error(
        "{path} was removed or replaced while it was open; start again to use what is there now"
    )]
    Replaced {
        /// The database file.
        path: PathBuf,
    },
    /// A folder that should be empty is not.
    #[error("{folder} is not empty; name a folder without an archive, or one that is not there")]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// Another process has been writing for longer than a write should take.
    #[error(
        "another loa process is writing to the archive, or brings it to a newer format; try again \
         when it is done"
    )]
    Busy,
    /// There is no room left.
    #[error(
        "the disk is full: this was not finished, and nothing is lost; make room where the --data \
         folder is, and do it again"
    )]
    DiskFull,
    /// A stored value does not have the form it was written with.
    #[error("the archive holds a damaged {what}: {why}")]
    Damaged {
        /// What kind of thing.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl ArchiveError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| match is_about_room(&source) {
            true => Self::DiskFull,
            false => Self::Io { path, source },
        }
    }

    /// The same where it is known which database it is about, and what to do.
    pub(crate) fn of_database(self, path: &Path) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseCorrupt, NotADatabase, ReadOnly};
        let Self::Sql(error) = &self else { return self };
        let (path, why) = (path.to_owned(), error.to_string());
        match error.sqlite_error_code() {
            Some(CannotOpen | ReadOnly) => Self::Unwritable { path, why },
            Some(DatabaseCorrupt | NotADatabase) => Self::DamagedDatabase { path, why },
            _ => self,
        }
    }

    pub(crate) fn damaged(what: &'static str) -> impl FnOnce(String) -> Self {
        move |why| Self::Damaged { what, why }
    }
}

impl From<rusqlite::Error> for ArchiveError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Busy,
            // Past a limit of the process or of its user, the system refuses the write itself.
            _ if error.sqlite_error().is_some_and(|e| REFUSED.contains(&e.extended_code)) => {
                Self::DiskFull
            }
            _ => Self::Sql(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    #[test]
    fn another_writer_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive.sqlite");
        let open = || Connection::open(&path).unwrap();
        let (writer, other) = (open(), open());
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        writer.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = other.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        assert!(matches!(ArchiveError::from(refused), ArchiveError::Busy));
    }
}
