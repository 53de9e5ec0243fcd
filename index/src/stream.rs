//! The postings of one term in one segment, read forwards.

use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader};

use crate::IndexError;
use crate::bm25::FieldStats;
use crate::words::FoundTerm;

/// To seek one posting takes as long as to read so many.
const SEEK_COST: usize = 8;

/// Postings that are being read.
pub(crate) struct Stream<'s> {
    block: BlockSegmentPostings,
    worth: Worth<'s>,
    /// The share of the segment's articles that have the term.
    share: f32,
}

/// What a term is worth to each article.
struct Worth<'s> {
    weight: f32,
    stats: &'s FieldStats,
    /// How long each article is.
    norms: &'s [u8],
}

impl<'s> Stream<'s> {
    /// Opens a term's postings, where it has any.
    pub(crate) fn open(
        segment: &SegmentReader,
        (stats, norms): (&'s FieldStats, &'s [u8]),
        found: &FoundTerm,
        ordinal: usize,
    ) -> Result<Option<Self>, IndexError> {
        let Some(info) = found.in_segment(ordinal) else { return Ok(None) };
        let index = segment.inverted_index(stats.field)?;
        let block = index
            .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
            .map_err(tantivy::TantivyError::from)?;
        let share = info.doc_freq as f32 / segment.max_doc().max(1) as f32;
        let worth = Worth { weight: found.weight(), stats, norms };
        Ok(Some(Self { block, worth, share }))
    }

    /// Adds what the term is worth to articles from `start` on and before `end`: to those that are
    /// wanted at least, and to others where that is quicker.
    pub(crate) fn add(
        &mut self,
        (start, end): (DocId, DocId),
        wanted: &[DocId],
        add: impl FnMut(DocId, f32),
    ) {
        let postings = self.share * (end - start) as f32;
        if (SEEK_COST * wanted.len()) as f32 > postings {
            self.add_all((start, end), add);
        } else {
            self.add_wanted(wanted, add);
        }
    }

    fn add_all(&mut self, (start, end): (DocId, DocId), mut add: impl FnMut(DocId, f32)) {
        let mut at = self.block.seek(start);
        while at < self.block.block_len() {
            let docs = &self.block.docs()[at..];
            let counts = &self.block.freqs()[at..];
            let before = docs.partition_point(|doc| *doc < end);
            for (doc, count) in docs[..before].iter().zip(counts) {
                add(*doc, self.worth.of(*doc, *count));
            }
            if before < docs.len() {
                return;
            }
            self.block.advance();
            at = 0;
        }
    }

    fn add_wanted(&mut self, wanted: &[DocId], mut add: impl FnMut(DocId, f32)) {
        for doc in wanted {
            let at = self.block.seek(*doc);
            if at < self.block.block_len() && self.block.doc(at) == *doc {
                add(*doc, self.worth.of(*doc, self.block.freq(at)));
            }
        }
    }
}

impl Worth<'_> {
    /// What it is worth to an article that has it so often.
    fn of(&self, doc: DocId, count: u32) -> f32 {
        let norm = self.norms.get(doc as usize).copied().unwrap_or_default();
        self.weight * self.stats.saturated(count, norm)
    }
}
