//! The shelves of a generation's segments. A segment never changes, so its shelf is read once and
//! serves every state of the index that has the segment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use crate::namings::{LIMITS, Namings};
use crate::schema::Fields;
use crate::shelf::{Numbers, Shelf};

/// The shelves that are read.
#[derive(Default)]
pub(crate) struct Shelves {
    pub(crate) sources: Numbers,
    /// Sections as they are written.
    pub(crate) categories: Numbers,
    read: Mutex<Read>,
}

#[derive(Default)]
struct Read {
    shelves: HashMap<SegmentId, Arc<Shelf>>,
    /// The officials of the large segments that these are.
    namings: (Vec<SegmentId>, Arc<Namings>),
}

impl Shelves {
    /// The shelves of a state's segments, in their order, and the officials of the large ones; those
    /// of other segments are forgotten here, and live on in the states that have them.
    pub(crate) fn of(
        &self,
        searcher: &Searcher,
        fields: &Fields,
    ) -> tantivy::Result<(Vec<Arc<Shelf>>, Arc<Namings>)> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let shelf = |segment: &SegmentReader| {
            let known = read.shelves.get(&segment.segment_id()).cloned();
            let fresh = || Shelf::read(segment, fields, &self.sources, &self.categories);
            let shelf = known.map_or_else(|| fresh().map(Arc::new), Ok)?;
            Ok((segment.segment_id(), shelf))
        };
        let shelves = searcher.segment_readers().iter().map(shelf);
        let shelves = shelves.collect::<tantivy::Result<Vec<_>>>()?;
        let large = shelves.iter().filter(|(_, shelf)| LIMITS.is_large(shelf));
        let large: Vec<SegmentId> = large.map(|(id, _)| *id).collect();
        if read.namings.0 != large {
            let namings = Namings::of(shelves.iter().map(|(_, shelf)| &**shelf), LIMITS);
            read.namings = (large, Arc::new(namings));
        }
        read.shelves = shelves.iter().cloned().collect();
        Ok((shelves.into_iter().map(|(_, shelf)| shelf).collect(), read.namings.1.clone()))
    }
}
