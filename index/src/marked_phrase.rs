//! A phrase of which some syllables were typed with marks: `"Ba Đình"` asks for `đình` right behind
//! `ba`, `bà` or `bá`. Folded and exact keys lie in two fields with the same places; no query of
//! the engine's own looks at both together.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

/// The terms, of whichever field, each with its place in the phrase. It does not score.
#[derive(Clone, Debug)]
pub(crate) struct MarkedPhrase {
    pub(crate) terms: Vec<(u32, Term)>,
}

impl Query for MarkedPhrase {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for MarkedPhrase {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let docs = Listed { docs: self.docs(segment)?, at: 0 };
        Ok(Box::new(ConstScorer::new(docs, 0.0)))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("a phrase with these marks", 0.0))
    }
}

/// Articles in order, one after the other.
struct Listed {
    docs: Vec<DocId>,
    at: usize,
}

impl DocSet for Listed {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.docs.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        self.docs.len() as u32
    }
}

impl MarkedPhrase {
    /// The articles that hold it, in order.
    fn docs(&self, segment: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
        let mut open: Vec<(u32, SegmentPostings)> = Vec::with_capacity(self.terms.len());
        for (place, term) in &self.terms {
            let index = segment.inverted_index(term.field())?;
            let option = IndexRecordOption::WithFreqsAndPositions;
            match index.read_postings(term, option)? {
                Some(postings) => open.push((*place, postings)),
                None => return Ok(Vec::new()),
            }
        }
        let mut found = Vec::new();
        let mut doc = 0;
        while let Some(common) = next_common(&mut open, doc) {
            if holds(&mut open) {
                found.push(common);
            }
            doc = common + 1;
        }
        Ok(found)
    }
}

/// The first article from `doc` on that has all terms.
fn next_common(open: &mut [(u32, SegmentPostings)], mut doc: DocId) -> Option<DocId> {
    loop {
        let wanted = doc;
        for (_, postings) in open.iter_mut() {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            doc = doc.max(postings.doc());
        }
        if doc == TERMINATED || open.is_empty() {
            return None;
        }
        if doc == wanted && open.iter().all(|(_, postings)| postings.doc() == doc) {
            return Some(doc);
        }
    }
}

/// Whether the terms stand at their places in the article that all postings are at.
fn holds(open: &mut [(u32, SegmentPostings)]) -> bool {
    let (mut begins, mut read) = (None::<Vec<u32>>, Vec::new());
    for (place, postings) in open {
        postings.positions(&mut read);
        let here = read.iter().filter_map(|at| at.checked_sub(*place));
        begins = Some(match begins {
            None => here.collect(),
            Some(known) => here.filter(|begin| known.binary_search(begin).is_ok()).collect(),
        });
    }
    begins.is_some_and(|begins| !begins.is_empty())
}
