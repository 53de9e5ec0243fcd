//! Doubt whether the index's files are what they were: raised by a search that fails in them, or by
//! whoever starts to serve; laid to rest by their checksums, or by a new index.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::generation::Generation;
use crate::{Index, IndexError};

/// Whether the files are doubted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubt(Arc<AtomicBool>);

impl Doubt {
    fn raise(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
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
    /// Lets the next [`Index::catch_up`] compare the checksums of all files, and build the index anew
    /// where they do not hold. It reads every file once.
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

    /// Whether the files are doubted, and rightly so.
    pub(crate) fn is_damaged(&self, serving: &Generation) -> bool {
        if !self.doubt.take() {
            return false;
        }
        // Whatever cannot even be read is damaged as well.
        let damaged = serving.index.validate_checksum();
        let is_damaged = damaged.as_ref().map_or(true, |files| !files.is_empty());
        if is_damaged {
            tracing::warn!(?damaged, "files of the search index are damaged; it is built anew");
        }
        is_damaged
    }
}
