//! What can go wrong in the archive, said so that an operator knows where and what to do.

use std::path::{Path, PathBuf};

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
    /// There is no room left.
    #[error(
        "the disk is full: nothing was changed; make room where the --data folder is, and go on"
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
        move |source| match source.kind() {
            std::io::ErrorKind::StorageFull
            | std::io::ErrorKind::FileTooLarge
            | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { path, source },
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
            // Past a limit of the process or of its user, the system refuses the write itself.
            _ if error.sqlite_error().is_some_and(|e| REFUSED.contains(&e.extended_code)) => {
                Self::DiskFull
            }
            _ => Self::Sql(error),
        }
    }
}
