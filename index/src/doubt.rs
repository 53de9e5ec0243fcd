//! Doubt whether the index's files are what they were: raised by a search that fails in them, or by
//! whoever starts to serve; laid to rest by their checksums, or by a new index.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tantivy::TantivyError;

use crate::generation::current_name;
use crate::{Index, IndexError};

/// How often files are read before what cannot be read counts as damaged.
const READINGS: usize = 3;

/// Whether the files are doubted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Raises the doubt when it is dropped in a panic.
struct OnPanic<'d>(&'d Doubt);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.raise();
        }
    }
}

impl Index {
    /// Lets the next [`Index::heal`] compare the checksums of all files. It reads every file once.
    pub fn doubt(&self) {
        self.doubt.raise();
    }

    /// Runs what reads the index; where it fails or panics, the files are doubted.
    pub(crate) fn watched<T>(
        &self,
        work: impl FnOnce() -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        self.watched_for(|_| true, work)
    }

    /// Runs what writes the index as well: a full disk says nothing against what was written before.
    pub(crate) fn watched_writing<T>(
        &self,
        work: impl FnOnce() -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let cannot_write = |error: &TantivyError| {
            use TantivyError::{IoError, LockFailure, OpenWriteError};
            matches!(error, IoError(_) | LockFailure(..) | OpenWriteError(_))
        };
        self.watched_for(|error| !cannot_write(error), work)
    }

    fn watched_for<T>(
        &self,
        speaks_of_damage: impl FnOnce(&TantivyError) -> bool,
        work: impl FnOnce() -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let _panics = OnPanic(&self.doubt);
        let done = work();
        if matches!(&done, Err(IndexError::Engine(error)) if speaks_of_damage(error)) {
            self.doubt.raise();
        }
        done
    }

    /// Whether the checksums of the serving index's files do not hold. Files that another process
    /// merged away meanwhile are no damage.
    pub(crate) fn is_damaged(&self) -> bool {
        let name = self.generation().name.clone();
        let folder = self.folder().join(&name);
        // Opened anew each time: what other processes wrote is known to it.
        let read = || tantivy::Index::open_in_dir(&folder)?.validate_checksum();
        let mut damaged = read();
        for _ in 1..READINGS {
            if damaged.is_err() {
                damaged = read();
            }
        }
        // A new index that is taken over meanwhile removes the files of the old one.
        let is_serving =
            matches!(current_name(self.folder()), Ok(Some(current)) if current == name);
        let is_damaged = damaged.as_ref().map_or(true, |files| !files.is_empty());
        if is_damaged && !is_serving {
            return false;
        }
        if is_damaged {
            tracing::warn!(?damaged, "files of the search index are damaged; it is built anew");
        }
        is_damaged
    }
}
