//! The scores of chosen articles of a segment, in the order of the articles: a window of some
//! thousands at a time, so that their sums stay in the processor's cache while every part of the
//! query adds to them.

use tantivy::{DocId, SegmentReader};

use crate::IndexError;
use crate::bits::Bits;
use crate::bm25::FieldStats;
use crate::patience::Patience;
use crate::stream::Stream;
use crate::tally::{Part, Tally};

/// Articles in a window; their sums take 128 KiB. Few in tests, so that they see several.
const WINDOW: DocId = if cfg!(test) { 1 << 8 } else { 1 << 15 };

/// What adds to the scores, opened.
pub(crate) struct Scorer<'t> {
    parts: Vec<Open<'t>>,
    patience: Patience,
}

enum Open<'t> {
    Stream(Box<Stream<'t>>, Option<&'t Bits>),
    /// What is left of it.
    Given(&'t [(DocId, f32)]),
}

impl<'t> Scorer<'t> {
    /// Opens the parts of a tally.
    pub(crate) fn open(
        segment: &SegmentReader,
        ordinal: usize,
        (stats, norms): (&'t [FieldStats], &'t [Vec<u8>]),
        tally: &'t Tally<'_>,
        patience: Patience,
    ) -> Result<Self, IndexError> {
        let mut parts = Vec::with_capacity(tally.parts.len());
        for part in &tally.parts {
            parts.extend(match part {
                Part::Term { field, found, only, .. } => {
                    let of_field = (&stats[*field], &norms[*field][..]);
                    let stream = Stream::open(segment, of_field, found, ordinal)?;
                    stream.map(|stream| Open::Stream(Box::new(stream), only.as_ref()))
                }
                Part::Given(given) => Some(Open::Given(given)),
            });
        }
        Ok(Self { parts, patience })
    }

    /// Scores some articles, in their order. A scorer goes through its segment once.
    pub(crate) fn score(
        mut self,
        docs: &[DocId],
        mut visit: impl FnMut(DocId, f32),
    ) -> Result<(), IndexError> {
        let mut sums = vec![0.0; WINDOW as usize];
        for docs in docs.chunk_by(|one, other| one / WINDOW == other / WINDOW) {
            self.patience.check()?;
            let start = docs[0] - docs[0] % WINDOW;
            let window = (start, start.saturating_add(WINDOW));
            self.parts.iter_mut().for_each(|part| part.add(window, docs, &mut sums));
            docs.iter().for_each(|doc| visit(*doc, sums[(doc - start) as usize]));
            sums.fill(0.0);
        }
        Ok(())
    }
}

impl Open<'_> {
    /// Adds to the sums of a window's articles, of which some are wanted.
    fn add(&mut self, (start, end): (DocId, DocId), wanted: &[DocId], sums: &mut [f32]) {
        match self {
            Self::Stream(stream, None) => {
                stream
                    .add((start, end), wanted, |doc, worth| sums[(doc - start) as usize] += worth);
            }
            Self::Stream(stream, Some(only)) => stream.add((start, end), wanted, |doc, worth| {
                if only.contains(doc) {
                    sums[(doc - start) as usize] += worth;
                }
            }),
            Self::Given(left) => {
                let passed = left.partition_point(|(doc, _)| *doc < start);
                let here = left[passed..].partition_point(|(doc, _)| *doc < end);
                let (here, behind) = left[passed..].split_at(here);
                here.iter().for_each(|(doc, worth)| sums[(doc - start) as usize] += worth);
                *left = behind;
            }
        }
    }
}
