//! What can go wrong while crawling or importing.

use std::path::PathBuf;

use archive::ArchiveError;

use crate::fetch::FetchError;
use crate::{InvalidProfile, InvalidSchedule};

/// An error of the crawler.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CrawlError {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A profile is wrong.
    #[error(transparent)]
    Profile(#[from] InvalidProfile),
    /// A source's schedule cannot be read.
    #[error(transparent)]
    Schedule(#[from] InvalidSchedule),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A source names a profile that does not exist.
    #[error("there is no profile `{name}`; known are auto, {known}")]
    UnknownProfile {
        /// The name given.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// A file to import could not be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A background task ended abnormally.
    #[error("the crawler's worker stopped: {0}")]
    Worker(String),
}

impl CrawlError {
    /// Whether there is no room for what was fetched: waiting helps.
    pub(crate) fn is_disk_full(&self) -> bool {
        matches!(self, Self::Archive(ArchiveError::DiskFull))
    }
}
