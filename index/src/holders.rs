//! Which articles of a segment have a term, and the most that it is worth to each. Of the terms that
//! were asked for last it is kept: most words that are asked for stand in a tenth of all articles,
//! and to read their postings takes longer than all that is done with them.

use std::sync::Arc;

use tantivy::postings::TermInfo;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, SegmentReader};

use crate::IndexError;
use crate::bits::Bits;
use crate::bm25::{FieldStats, GROWTH_MAX};
use crate::recent::Recent;

/// Where so large a share of a segment's articles has a term, its holders are a set of bits.
const COMMON_SHARE: u32 = 5;
/// Of terms that fewer articles have, none is kept: they are read in no time.
const KEPT_MIN: u32 = if cfg!(test) { 5 } else { 500 };
/// Bytes of a term's name, about.
const TERM_BYTES: usize = 64;
/// Bytes that are kept for each article of a segment.
const BYTES_PER_ARTICLE: usize = 160;

/// The articles of a segment that have a term, and the most that it is worth to each, in
/// [`PARTS`](crate::bm25::PARTS) of [`WORTH_MAX`](crate::bm25::WORTH_MAX).
#[derive(Debug)]
pub(crate) struct Holding {
    pub(crate) held: Held,
    /// The average length of articles when it was read.
    average: f32,
}

#[derive(Debug)]
pub(crate) enum Held {
    /// In the order of the articles, a worth for each.
    ByFew { docs: Vec<DocId>, worth: Vec<u8> },
    /// A worth by document.
    ByMany { holders: Bits, worth: Vec<u8> },
}

/// The terms of a segment that were asked for last.
#[derive(Debug)]
pub(crate) struct Holders(Recent<(Field, String), Holding>);

impl Holders {
    /// Of a segment of so many articles.
    pub(crate) fn new(docs: DocId) -> Self {
        Self(Recent::new(BYTES_PER_ARTICLE * docs as usize))
    }

    /// The articles that have a term.
    pub(crate) fn of(
        &self,
        segment: &SegmentReader,
        (stats, norms): (&FieldStats, &[u8]),
        (key, info): (&str, &TermInfo),
    ) -> Result<Arc<Holding>, IndexError> {
        let read = || Holding::read(segment, (stats, norms), info).map(Arc::new);
        if info.doc_freq < KEPT_MIN {
            return read();
        }
        let term = (stats.field, key.to_owned());
        if let Some(known) = self.0.get(&term).filter(|known| known.holds_for(stats)) {
            return Ok(known);
        }
        // Others go on meanwhile; two who ask at once both read it.
        let read = read()?;
        self.0.keep(term, read.clone(), TERM_BYTES + read.bytes());
        Ok(read)
    }
}

impl Holding {
    fn read(
        segment: &SegmentReader,
        (stats, norms): (&FieldStats, &[u8]),
        info: &TermInfo,
    ) -> Result<Self, IndexError> {
        let index = segment.inverted_index(stats.field)?;
        let mut block = index
            .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
            .map_err(tantivy::TantivyError::from)?;
        let is_common = info.doc_freq >= segment.max_doc().div_ceil(COMMON_SHARE);
        let mut held = match is_common {
            false => Held::ByFew {
                docs: Vec::with_capacity(info.doc_freq as usize),
                worth: Vec::with_capacity(info.doc_freq as usize),
            },
            true => Held::ByMany {
                holders: Bits::none(segment.max_doc()),
                worth: vec![0; segment.max_doc() as usize],
            },
        };
        while block.block_len() > 0 {
            let postings = block.docs().iter().copied().zip(block.freqs().iter().copied());
            let with_worth = postings.map(|(doc, count)| {
                let norm = norms.get(doc as usize).copied().unwrap_or_default();
                (doc, stats.bound(count, norm))
            });
            match &mut held {
                Held::ByFew { docs, worth } => {
                    with_worth.for_each(|(doc, bound)| {
                        docs.push(doc);
                        worth.push(bound);
                    });
                }
                Held::ByMany { holders, worth } => {
                    with_worth.for_each(|(doc, bound)| {
                        holders.insert(doc);
                        worth.get_mut(doc as usize).into_iter().for_each(|worth| *worth = bound);
                    });
                }
            }
            block.advance();
        }
        Ok(Self { held, average: stats.average })
    }

    /// Adds the articles to a set.
    pub(crate) fn add_to(&self, set: &mut Bits) {
        match &self.held {
            Held::ByFew { docs, .. } => docs.iter().for_each(|doc| set.insert(*doc)),
            Held::ByMany { holders, .. } => set.add(holders),
        }
    }

    /// Whether it still says the most that the term is worth.
    fn holds_for(&self, stats: &FieldStats) -> bool {
        stats.average <= self.average * GROWTH_MAX
    }

    fn bytes(&self) -> usize {
        match &self.held {
            Held::ByFew { docs, worth } => size_of_val(&docs[..]) + worth.len(),
            Held::ByMany { worth, .. } => worth.len() + worth.len() / 8,
        }
    }
}
