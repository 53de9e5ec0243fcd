//! The shelves of a generation's segments. A segment never changes, so its shelf is read once and
//! serves every state of the index that has the segment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use crate::people_counts::SpareCounts;
use crate::shelf::{Numbers, Shelf};

/// The shelves that are read.
#[derive(Default)]
pub(crate) struct Shelves {
    pub(crate) sources: Numbers,
    /// Sections as they are written.
    pub(crate) categories: Numbers,
    /// Counts of officials for the next query.
    pub(crate) spare: SpareCounts,
    read: Mutex<HashMap<SegmentId, Arc<Shelf>>>,
}

impl Shelves {
    /// The shelves of a state's segments, in their order; those of other segments are forgotten
    /// here, and live on in the states that have them.
    pub(crate) fn of(&self, searcher: &Searcher) -> tantivy::Result<Vec<Arc<Shelf>>> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = |segment: &SegmentReader| {
            let known = read.get(&segment.segment_id()).cloned();
            let fresh = || Shelf::read(segment, &self.sources, &self.categories).map(Arc::new);
            let shelf = known.map_or_else(fresh, Ok)?;
            Ok((segment.segment_id(), shelf))
        };
        let shelves = searcher.segment_readers().iter().map(shelf);
        let shelves = shelves.collect::<tantivy::Result<Vec<_>>>()?;
        *read = shelves.iter().cloned().collect();
        Ok(shelves.into_iter().map(|(_, shelf)| shelf).collect())
    }
}
