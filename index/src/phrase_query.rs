//! Phrases, as queries: `"Ba Đình"` asks for `đình` right behind `ba`, `bà` or `bá`. Folded and exact
//! keys lie in two fields with the same places, and a phrase may mix them. Who holds a phrase is
//! kept for the next query (see [`KnownPhrases`]).

use std::sync::Arc;

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, Term};

use crate::known_phrases::{KnownPhrases, Occurrences};

/// Terms, each with its place in the phrase.
pub(crate) type PlacedTerms = Arc<[(u32, Term)]>;

/// A phrase that must be held.
#[derive(Clone, Debug)]
pub(crate) struct Phrase {
    pub(crate) terms: PlacedTerms,
    /// Whether it adds to the score; its terms are of one field then.
    pub(crate) scores: bool,
    pub(crate) known: Arc<KnownPhrases>,
}

impl Query for Phrase {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let similarity = match scoring {
            EnableScoring::Enabled { statistics_provider, .. } if self.scores => {
                let terms: Vec<Term> = self.terms.iter().map(|(_, term)| term.clone()).collect();
                Some(Bm25Weight::for_terms(statistics_provider, &terms)?)
            }
            _ => None,
        };
        Ok(Box::new(PhraseWeight { phrase: self.clone(), similarity }))
    }
}

/// A phrase with what it is worth, where that is asked.
struct PhraseWeight {
    phrase: Phrase,
    similarity: Option<Bm25Weight>,
}

impl Weight for PhraseWeight {
    fn scorer(&self, segment: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let Phrase { terms, known, .. } = &self.phrase;
        let found = known.of(segment.segment_id(), terms, || occurrences(segment, terms))?;
        let worth = match (&self.similarity, terms.first()) {
            (Some(similarity), Some((_, term))) => {
                let norms = segment.get_fieldnorms_reader(term.field())?;
                Some((similarity.boost_by(boost), norms))
            }
            _ => None,
        };
        Ok(Box::new(PhraseScorer { found, at: 0, worth }))
    }

    fn explain(&self, _: &SegmentReader, _: DocId) -> tantivy::Result<Explanation> {
        Ok(Explanation::new("a phrase", 0.0))
    }
}

/// The articles that hold a phrase, one after the other.
struct PhraseScorer {
    found: Arc<Occurrences>,
    at: usize,
    /// What the phrase is worth, and how long the articles are.
    worth: Option<(Bm25Weight, FieldNormReader)>,
}

impl DocSet for PhraseScorer {
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    fn seek(&mut self, target: DocId) -> DocId {
        // Mostly it is not far; steps that double find the stretch in which it must be.
        let left = self.found.get(self.at..).unwrap_or_default();
        let is_before = |at: usize| left.get(at).is_some_and(|(doc, _)| *doc < target);
        let mut reach = 1;
        while is_before(reach) {
            reach *= 2;
        }
        let near = &left[..left.len().min(reach + 1)];
        self.at += near.partition_point(|(doc, _)| *doc < target);
        self.doc()
    }

    fn doc(&self) -> DocId {
        self.found.get(self.at).map_or(TERMINATED, |(doc, _)| *doc)
    }

    fn size_hint(&self) -> u32 {
        self.found.len() as u32
    }
}

impl Scorer for PhraseScorer {
    fn score(&mut self) -> Score {
        let here = self.found.get(self.at).zip(self.worth.as_ref());
        here.map_or(0.0, |((doc, count), (similarity, norms))| {
            similarity.score(norms.fieldnorm_id(*doc), *count)
        })
    }
}

/// The articles of a segment that hold all terms at their places, and how often.
fn occurrences(segment: &SegmentReader, terms: &[(u32, Term)]) -> tantivy::Result<Occurrences> {
    let mut open: Vec<(u32, SegmentPostings)> = Vec::with_capacity(terms.len());
    for (place, term) in terms {
        let index = segment.inverted_index(term.field())?;
        match index.read_postings(term, IndexRecordOption::WithFreqsAndPositions)? {
            Some(postings) => open.push((*place, postings)),
            None => return Ok(Occurrences::new()),
        }
    }
    // The rarest leads: the others are asked only about articles that have it.
    open.sort_by_key(|(_, postings)| postings.doc_freq());
    let mut begins = Begins::default();
    let mut found = Vec::new();
    let mut doc = 0;
    while let Some(common) = next_common(&mut open, doc) {
        let count = begins.count(&mut open);
        if count > 0 {
            found.push((common, count));
        }
        doc = common + 1;
    }
    Ok(found)
}

/// The first article from `doc` on that has all terms.
fn next_common(open: &mut [(u32, SegmentPostings)], mut doc: DocId) -> Option<DocId> {
    let (_, lead) = open.first()?;
    let mut wanted = doc.max(lead.doc());
    loop {
        for (_, postings) in open.iter_mut() {
            doc = if postings.doc() < wanted { postings.seek(wanted) } else { postings.doc() };
            if doc > wanted {
                break;
            }
        }
        if doc == TERMINATED {
            return None;
        }
        if doc == wanted {
            return Some(doc);
        }
        wanted = doc;
    }
}

/// Where the phrase may begin in an article; kept from one article to the next for its room.
#[derive(Default)]
struct Begins {
    begins: Vec<u32>,
    read: Vec<u32>,
}

impl Begins {
    /// How often the terms stand at their places in the article that all postings are at.
    fn count(&mut self, open: &mut [(u32, SegmentPostings)]) -> u32 {
        self.begins.clear();
        for (at, (place, postings)) in open.iter_mut().enumerate() {
            postings.positions(&mut self.read);
            let here = self.read.iter().filter_map(|position| position.checked_sub(*place));
            if at == 0 {
                self.begins.extend(here);
            } else {
                keep_common(&mut self.begins, here);
            }
            if self.begins.is_empty() {
                return 0;
            }
        }
        self.begins.len() as u32
    }
}

/// Keeps those that are among others; both are in order.
fn keep_common(kept: &mut Vec<u32>, others: impl Iterator<Item = u32>) {
    let mut others = others.peekable();
    kept.retain(|one| {
        while others.next_if(|other| other < one).is_some() {}
        others.peek() == Some(one)
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use tantivy::query::PhraseQuery;
    use tantivy::schema::{Schema, TEXT};
    use tantivy::{Index, Searcher, doc};

    use super::*;

    fn index(texts: &[String]) -> (Searcher, tantivy::schema::Field) {
        let mut schema = Schema::builder();
        let field = schema.add_text_field("text", TEXT);
        let index = Index::create_in_ram(schema.build());
        let mut writer = index.writer_with_num_threads(1, 20_000_000).unwrap();
        for text in texts {
            writer.add_document(doc!(field => &text[..])).unwrap();
        }
        writer.commit().unwrap();
        (index.reader().unwrap().searcher(), field)
    }

    fn scores(searcher: &Searcher, query: &dyn Query) -> Vec<(DocId, Score)> {
        let weight = query.weight(EnableScoring::enabled_from_searcher(searcher)).unwrap();
        let mut found = Vec::new();
        for segment in searcher.segment_readers() {
            weight.for_each(segment, &mut |doc, score| found.push((doc, score))).unwrap();
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn it_finds_and_scores_as_tantivy_does(
            texts in prop_oneof![
                proptest::collection::vec("([abc] ){0,12}", 1..40),
                // Several blocks of postings.
                proptest::collection::vec("([abcefg] ){0,12}", 400..600),
            ],
            phrase in proptest::collection::vec("[abcd]", 2..5),
        ) {
            let (searcher, field) = index(&texts);
            let terms: Vec<Term> = phrase.iter().map(|key| Term::from_field_text(field, key)).collect();
            let wanted = scores(&searcher, &PhraseQuery::new(terms.clone()));
            let ours = Phrase { terms: (0..).zip(terms).collect(), scores: true, known: Arc::default() };
            // The second time it is known.
            for _ in 0..2 {
                prop_assert_eq!(&scores(&searcher, &ours), &wanted);
            }
            let docs: Vec<DocId> = wanted.iter().map(|(doc, _)| *doc).collect();
            let weight = ours.weight(EnableScoring::disabled_from_searcher(&searcher)).unwrap();
            for step in [1, 2, 3, 100] {
                let mut scorer = weight.scorer(searcher.segment_reader(0), 1.0).unwrap();
                for target in (0..texts.len() as DocId).step_by(step) {
                    let next = docs.iter().copied().find(|doc| *doc >= target);
                    if scorer.doc() < target {
                        scorer.seek(target);
                    }
                    prop_assert!(next.is_none_or(|next| scorer.doc() >= next));
                    prop_assert_eq!(scorer.doc(), scorer.doc().max(next.unwrap_or(TERMINATED)));
                }
            }
        }

        #[test]
        fn what_is_common_is_kept(one: BTreeSet<u32>, other: BTreeSet<u32>) {
            let mut kept: Vec<u32> = one.iter().copied().collect();
            keep_common(&mut kept, other.iter().copied());
            prop_assert_eq!(kept, one.intersection(&other).copied().collect::<Vec<_>>());
        }
    }
}
