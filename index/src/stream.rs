//! The postings of one term in one segment, added to the articles window by window: the sums of some
//! thousands of articles stay in the processor's cache while every term of the query adds to them.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::BlockSegmentPostings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, SegmentReader};

use crate::IndexError;
use crate::accumulate::{FieldStats, FoundTerm};

/// Articles in a window; their sums take 256 KiB.
pub(crate) const WINDOW: DocId = 1 << 15;

/// Postings that are being read.
pub(crate) struct Stream<'s> {
    block: BlockSegmentPostings,
    /// The first posting of the block that was not added.
    at: usize,
    norms: FieldNormReader,
    stats: &'s FieldStats,
    weight: f32,
    /// The words that the term stands for, a bit each.
    bits: u32,
}

impl<'s> Stream<'s> {
    /// Opens a term's postings, where it has any.
    pub(crate) fn open(
        segment: &SegmentReader,
        stats: &'s FieldStats,
        found: &FoundTerm,
        ordinal: usize,
        bits: u32,
    ) -> Result<Option<Self>, IndexError> {
        let Some(info) = found.in_segment(ordinal) else { return Ok(None) };
        let index = segment.inverted_index(stats.field)?;
        let norms = segment.get_fieldnorms_reader(stats.field)?;
        let block = index
            .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
            .map_err(tantivy::TantivyError::from)?;
        let weight = found.term.weight * found.rarity;
        Ok(Some(Self { block, at: 0, norms, stats, weight, bits }))
    }

    /// Adds what stands before the document `end`.
    pub(crate) fn add_before(&mut self, end: DocId, score: &mut [f32], words: &mut [u32]) {
        // A term that stands for several words, as an abbreviation does, adds nothing where all of
        // them are written out.
        let several = self.bits.count_ones() > 1;
        while self.at < self.block.block_len() {
            let docs = &self.block.docs()[self.at..];
            let counts = &self.block.freqs()[self.at..];
            let before = docs.partition_point(|doc| *doc < end);
            for (doc, count) in docs[..before].iter().zip(counts) {
                let at = *doc as usize;
                if several && words[at] & self.bits == self.bits {
                    continue;
                }
                let norm = self.norms.fieldnorm_id(*doc);
                score[at] += self.weight * self.stats.saturated(*count, norm);
                words[at] |= self.bits;
            }
            if before < docs.len() {
                self.at += before;
                return;
            }
            self.block.advance();
            self.at = 0;
        }
    }
}
