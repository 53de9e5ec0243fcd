//! Re-ranking by adjacency: the first hundred hits gain for syllables of the query that stand side
//! by side in them, read from the positions.
//!
//! Two syllables side by side are most often one Vietnamese word, so this does what a segmenter
//! would, without one to err. Each pair scores like a term of its own, by BM25 (Robertson and
//! Zaragoza, 2009); its rarity is taken from the rarer of its two syllables.

use std::collections::HashMap;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use crate::engine::Ranked;
use crate::plan::{Pair, TextField};
use crate::schema::Fields;

/// Weight of a pair against a single syllable.
const PAIR_WEIGHT: f32 = 0.75;
/// Saturation of repeated matches.
const K1: f32 = 1.2;
/// Share of the length normalisation.
const B: f32 = 0.75;

/// What a pair gives a hit.
#[derive(Clone, Debug)]
pub(crate) struct Gain {
    pub(crate) pair: Pair,
    pub(crate) field: TextField,
    pub(crate) score: f32,
}

/// The gains of each hit, in the order of `hits`.
pub(crate) fn gains(
    searcher: &Searcher,
    fields: &Fields,
    pairs: &[Pair],
    hits: &[Ranked],
) -> tantivy::Result<Vec<Vec<Gain>>> {
    let mut all = vec![Vec::new(); hits.len()];
    if pairs.is_empty() || hits.is_empty() {
        return Ok(all);
    }
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        let scorer = PairScorer::new(searcher, fields.text(field), pairs)?;
        for (segment_ord, segment) in searcher.segment_readers().iter().enumerate() {
            let mut docs: Vec<(DocId, usize)> = hits
                .iter()
                .enumerate()
                .filter(|(_, hit)| hit.address.segment_ord as usize == segment_ord)
                .map(|(i, hit)| (hit.address.doc_id, i))
                .collect();
            docs.sort_unstable();
            scorer.score(segment, &docs, &mut |hit, pair, score| {
                let score = score * field.weight();
                all[hit].push(Gain { pair: pair.clone(), field, score });
            })?;
        }
    }
    Ok(all)
}

/// Scores pairs in one field.
struct PairScorer<'a> {
    field: Field,
    pairs: &'a [Pair],
    /// Rarity of each pair.
    idf: Vec<f32>,
    average_length: f32,
}

impl<'a> PairScorer<'a> {
    fn new(searcher: &Searcher, field: Field, pairs: &'a [Pair]) -> tantivy::Result<Self> {
        let documents = searcher.num_docs().max(1) as f32;
        let mut idf = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let frequency = |key: &str| searcher.doc_freq(&Term::from_field_text(field, key));
            let rarer = frequency(&pair.first)?.min(frequency(&pair.second)?) as f32;
            idf.push((1.0 + (documents - rarer + 0.5).max(0.0) / (rarer + 0.5)).ln());
        }
        let mut tokens = 0;
        for segment in searcher.segment_readers() {
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        Ok(Self { field, pairs, idf, average_length: (tokens as f32 / documents).max(1.0) })
    }

    /// Calls `found` with the number of the hit, the pair and its score.
    fn score(
        &self,
        segment: &SegmentReader,
        docs: &[(DocId, usize)],
        found: &mut dyn FnMut(usize, &Pair, f32),
    ) -> tantivy::Result<()> {
        let mut positions: HashMap<&str, Vec<Vec<u32>>> = HashMap::new();
        for key in self.pairs.iter().flat_map(|pair| [&pair.first, &pair.second]) {
            if !positions.contains_key(key.as_str()) {
                positions.insert(key, self.positions(segment, key, docs)?);
            }
        }
        let lengths = segment.get_fieldnorms_reader(self.field)?;
        for (pair, idf) in self.pairs.iter().zip(&self.idf) {
            let (first, second) =
                (&positions[pair.first.as_str()], &positions[pair.second.as_str()]);
            for (i, (doc, hit)) in docs.iter().enumerate() {
                let count = side_by_side(&first[i], &second[i]) as f32;
                if count > 0.0 {
                    let length = lengths.fieldnorm(*doc) as f32 / self.average_length;
                    let saturated = count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                    found(*hit, pair, PAIR_WEIGHT * pair.weight * idf * saturated);
                }
            }
        }
        Ok(())
    }

    /// Where a syllable stands in each of the documents, which are in ascending order.
    fn positions(
        &self,
        segment: &SegmentReader,
        key: &str,
        docs: &[(DocId, usize)],
    ) -> tantivy::Result<Vec<Vec<u32>>> {
        let mut all = vec![Vec::new(); docs.len()];
        let term = Term::from_field_text(self.field, key);
        let index = segment.inverted_index(self.field)?;
        let option = IndexRecordOption::WithFreqsAndPositions;
        let Some(mut postings) = index.read_postings(&term, option)? else { return Ok(all) };
        for ((doc, _), here) in docs.iter().zip(&mut all) {
            if postings.doc() < *doc {
                postings.seek(*doc);
            }
            match postings.doc() {
                TERMINATED => break,
                at if at == *doc => postings.positions(here),
                _ => {}
            }
        }
        Ok(all)
    }
}

/// How often a position of `second` follows one of `first`; both ascend.
fn side_by_side(first: &[u32], second: &[u32]) -> usize {
    first.iter().filter(|position| second.binary_search(&(**position + 1)).is_ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_right_after_the_first_counts() {
        assert_eq!(side_by_side(&[1, 5, 9], &[2, 4, 10, 12]), 2);
        assert_eq!(side_by_side(&[3], &[2]), 0);
        assert_eq!(side_by_side(&[], &[1]), 0);
    }
}
