//! Doubt whether the index's files are what they were: raised by a search that fails in them, or by
//! whoever starts to serve; laid to rest by their checksums, or by a new index.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
        let _panics = OnPanic(&self.doubt);
        let done = work();
        if matches!(done, Err(IndexError::Engine(_))) {
            self.doubt.raise();
        }
        done
    }

    /// Whether the checksums of the serving index's files do not hold. Files that another process
    /// merged away meanwhile are no damage.
    pub(crate) fn is_damaged(&self) -> bool {
        let folder = self.serving_folder();
        // Opened anew each time: what other processes wrote is known to it.
        let read = || tantivy::Index::open_in_dir(&folder)?.validate_checksum();
        let mut damaged = read();
        for _ in 1..READINGS {
            if damaged.is_err() {
                damaged = read();
            }
        }
        let is_damaged = damaged.as_ref().map_or(true, |files| !files.is_empty());
        if is_damaged {
            tracing::warn!(?damaged, "files of the search index are damaged; it is built anew");
        }
        is_damaged
    }
}
