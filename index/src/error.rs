//! What can go wrong in the index. None of it loses anything: the index can be rebuilt.

use std::path::{Path, PathBuf};

use archive::ArchiveError;
use tantivy::TantivyError;
use tantivy::directory::error::OpenWriteError;

use crate::cursor::InvalidCursor;

/// An error of the index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The engine failed.
    #[error("the search index failed: {0}; `loa index rebuild` makes it anew from the archive")]
    Engine(#[from] tantivy::TantivyError),
    /// A file or folder could not be read or written.
    #[error("cannot use {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The cursor belongs to another search.
    #[error(transparent)]
    Cursor(#[from] InvalidCursor),
    /// A search took too long.
    #[error(
        "this search takes longer than {} s here and now; ask for fewer words or phrases",
        patience.as_secs()
    )]
    TooLong {
        /// What it was given.
        patience: std::time::Duration,
    },
    /// Another process writes to the index.
    #[error(
        "the index is being written by another loa process; it will follow the archive by itself"
    )]
    Busy,
}

impl IndexError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }

    /// Whether it only says that there is no room to write.
    pub(crate) fn is_about_room(&self) -> bool {
        let error = match self {
            Self::Archive(error) => return matches!(error, ArchiveError::DiskFull),
            Self::Io { source, .. } => source,
            Self::Engine(TantivyError::IoError(error)) => &**error,
            Self::Engine(TantivyError::OpenWriteError(OpenWriteError::IoError {
                io_error,
                ..
            })) => &**io_error,
            _ => return false,
        };
        archive::is_about_room(error)
    }
}
