//! The second stage: the first hundred hits gain for words of the query that stand side by side in
//! them, read from the positions.
//!
//! Two syllables side by side are most often one Vietnamese word, so this does what a segmenter
//! would, without one to err. Each pair scores like a term of its own, by BM25; its rarity is
//! taken from the rarer of its two syllables. A run of the whole query scores once more; where a
//! hit has it with the marks that were typed, a run with other marks is worth less.

use std::collections::HashSet;

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocId, DocSet, Searcher, SegmentReader, Term};

use crate::bm25::FieldStats;
use crate::engine::Ranked;
use crate::plan::{Plan, TextField};
use crate::snapshot::Snapshot;
use crate::words::Words;

/// Where words stand side by side: the folded text, which begins with the title.
const FIELD: TextField = TextField::BodyFolded;
/// Weight of a pair against a single syllable.
const PAIR_WEIGHT: f32 = 0.4;
/// Weight of a whole run of words against its syllables.
const RUN_WEIGHT: f32 = 6.0;
/// The share of it that is left to a run with other marks, where another hit has the typed ones:
/// who asks for `Thành Phong` means him rather than `Thanh Phong`.
const OTHER_MARKS: f32 = 0.3;

/// What the newest articles gain, as a share of their score.
const RECENCY: f32 = 0.03;
const SECONDS_A_YEAR: f32 = 365.25 * 86_400.0;

/// What a hit gains.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gain {
    /// The numbers of the words, the first and the last.
    pub(crate) words: (usize, usize),
    pub(crate) score: f32,
    pub(crate) marks: Marks,
}

/// Whether words stand there as they were typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Marks {
    /// It is not asked.
    Any,
    /// A run with the marks that were typed.
    Typed,
    /// A run with others only.
    Other,
}

/// Re-ranks the first hits; equal ones by id.
pub(crate) fn rerank(
    snapshot: &Snapshot,
    words: &Words<'_>,
    plan: &Plan,
    first: &mut [Ranked],
) -> tantivy::Result<()> {
    let gains = gains(&snapshot.searcher, words, plan, first)?;
    for (hit, gains) in first.iter_mut().zip(gains) {
        hit.score += gains.iter().map(|gain| gain.score).sum::<f32>();
        hit.gains = Some(gains);
        hit.score += hit.score
            * recency(plan, snapshot.columns_of(hit.address).published(hit.address.doc_id));
    }
    first.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    Ok(())
}

/// The share of its score that an article gains for being new: half of it after a year.
pub(crate) fn recency(plan: &Plan, published: Option<i64>) -> f32 {
    let (Some(now), Some(published)) = (plan.now, published) else { return 0.0 };
    let years = (now - published).max(0) as f32 / SECONDS_A_YEAR;
    RECENCY * 0.5_f32.powf(years)
}

/// The gains of each hit, in the order of `hits`.
fn gains(
    searcher: &Searcher,
    words: &Words<'_>,
    plan: &Plan,
    hits: &[Ranked],
) -> tantivy::Result<Vec<Vec<Gain>>> {
    let mut all = vec![Vec::new(); hits.len()];
    if hits.is_empty() || !plan.words.iter().any(|word| word.follows) {
        return Ok(all);
    }
    let stats = &words.stats[FIELD as usize];
    let rarity = rarity(words);
    let pair_rarity = pair_rarity(stats, plan);
    let mut places: Vec<Vec<u32>> = vec![Vec::new(); plan.words.len()];
    let typed: Vec<&str> = plan.words.iter().map(|word| word.typed.as_str()).collect();
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let docs = docs_in(ordinal, hits);
        if docs.is_empty() {
            continue;
        }
        let mut positions = Positions::open(segment, stats, plan)?;
        let mut exact = None;
        let norms = segment.get_fieldnorms_reader(stats.field)?;
        for (doc, hit) in docs {
            for (word, places) in places.iter_mut().enumerate() {
                positions.read(word, doc, places);
            }
            let worth = |count| stats.saturated(count, norms.fieldnorm_id(doc));
            add(plan, (&rarity, &pair_rarity), &places, &worth, &mut all[hit]);
            // Few texts have a whole run: only in these are the marks looked at.
            for gain in all[hit].iter_mut().filter(|gain| gain.marks == Marks::Other) {
                let exact = match &mut exact {
                    Some(open) => open,
                    none => {
                        let stats = &words.stats[TextField::BodyExact as usize];
                        none.insert(Positions::of_keys(segment, stats, &typed)?)
                    }
                };
                if exact.has_marks_of(plan, gain.words, doc, &places) {
                    gain.marks = Marks::Typed;
                }
            }
        }
    }
    prefer_typed_marks(&mut all);
    Ok(all)
}

/// Takes from runs with other marks, where a hit has the typed ones.
fn prefer_typed_marks(all: &mut [Vec<Gain>]) {
    let typed = all.iter().flatten().filter(|gain| gain.marks == Marks::Typed);
    let typed: HashSet<(usize, usize)> = typed.map(|gain| gain.words).collect();
    for gain in all.iter_mut().flatten() {
        if gain.marks == Marks::Other && typed.contains(&gain.words) {
            gain.score *= OTHER_MARKS;
        }
    }
}

/// Where the words of a query stand in an article's text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The place and the number of each word, in ascending order.
    pub(crate) words: Vec<(u32, usize)>,
    /// Those of them that stand there with the marks that were typed, by place.
    pub(crate) exact: Vec<u32>,
}

/// Where the words stand in each hit.
pub(crate) fn places(
    snapshot: &Snapshot,
    plan: &Plan,
    hits: &[DocAddress],
) -> tantivy::Result<Vec<Places>> {
    let mut all = vec![Places::default(); hits.len()];
    let typed: Vec<&str> = plan.words.iter().map(|word| word.typed.as_str()).collect();
    let mut read = Vec::new();
    for (ordinal, segment) in (0..).zip(snapshot.searcher.segment_readers()) {
        let mut docs: Vec<(DocId, usize)> = hits
            .iter()
            .enumerate()
            .filter(|(_, hit)| hit.segment_ord == ordinal)
            .map(|(number, hit)| (hit.doc_id, number))
            .collect();
        docs.sort_unstable();
        if docs.is_empty() {
            continue;
        }
        let exact = &snapshot.stats[TextField::BodyExact as usize];
        let mut folded = Positions::open(segment, &snapshot.stats[FIELD as usize], plan)?;
        let mut exact = Positions::of_keys(segment, exact, &typed)?;
        for (doc, hit) in docs {
            let places = &mut all[hit];
            for word in 0..typed.len() {
                folded.read(word, doc, &mut read);
                places.words.extend(read.iter().map(|place| (*place, word)));
                exact.read(word, doc, &mut read);
                places.exact.extend(&read);
            }
            places.words.sort_unstable();
            places.exact.sort_unstable();
        }
    }
    Ok(all)
}

/// Those of the hits, all of which have every word, that have the longest run of words side by
/// side: a phrase in a long article may score too little to be among the first.
pub(crate) fn holding_run(
    searcher: &Searcher,
    words: &Words<'_>,
    plan: &Plan,
    hits: Vec<Ranked>,
) -> tantivy::Result<Vec<Ranked>> {
    let Some(run) = runs(plan).max_by_key(|run| run.len()) else { return Ok(Vec::new()) };
    let mut holds = vec![false; hits.len()];
    let stats = &words.stats[FIELD as usize];
    let rarity = rarity(words);
    let mut rarest: Vec<usize> = run.clone().collect();
    rarest.sort_by(|a, b| rarity[*b].total_cmp(&rarity[*a]));
    // Where the run may begin, by each word looked at so far: the rarest first, so that most
    // articles are out after the second.
    let (mut begins, mut places) = (Vec::new(), Vec::new());
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let mut positions = Positions::open(segment, stats, plan)?;
        for (doc, hit) in docs_in(ordinal, &hits) {
            positions.read(rarest[0], doc, &mut begins);
            shift(&mut begins, rarest[0] - run.start);
            for word in &rarest[1..] {
                if begins.is_empty() {
                    break;
                }
                positions.read(*word, doc, &mut places);
                shift(&mut places, word - run.start);
                begins.retain(|begin| places.binary_search(begin).is_ok());
            }
            holds[hit] = !begins.is_empty();
        }
    }
    Ok(hits.into_iter().zip(holds).filter(|(_, holds)| *holds).map(|(hit, _)| hit).collect())
}

/// Places moved back by so many words; those before the beginning are none.
fn shift(places: &mut Vec<u32>, by: usize) {
    let by = by as u32;
    places.retain(|place| *place >= by);
    places.iter_mut().for_each(|place| *place -= by);
}

/// The pairs and runs of one text, in which each word has these places.
fn add(
    plan: &Plan,
    (rarity, pair_rarity): (&[f32], &[f32]),
    places: &[Vec<u32>],
    worth: &dyn Fn(u32) -> f32,
    gains: &mut Vec<Gain>,
) {
    for run in runs(plan) {
        let (first, last) = (run.start, run.end - 1);
        // Where the run so far stands, by the place of its last word.
        let mut whole = places[first].clone();
        for second in first + 1..=last {
            let pair = followed(&places[second - 1], &places[second]).len();
            whole = followed(&whole, &places[second]);
            if pair > 0 {
                let weight = plan.words[second - 1].strength().min(plan.words[second].strength());
                let score = PAIR_WEIGHT * weight * pair_rarity[second] * worth(pair as u32);
                gains.push(Gain { words: (second - 1, second), score, marks: Marks::Any });
            }
        }
        if !whole.is_empty() {
            let sum: f32 = (first..=last).map(|w| plan.words[w].strength() * rarity[w]).sum();
            let score = RUN_WEIGHT * sum * worth(whole.len() as u32);
            let is_marked = plan.words[first..=last].iter().any(|word| !word.typed.is_ascii());
            let marks = if is_marked { Marks::Other } else { Marks::Any };
            gains.push(Gain { words: (first, last), score, marks });
        }
    }
}

/// The words that stand together in the query, two or more.
fn runs(plan: &Plan) -> impl Iterator<Item = std::ops::Range<usize>> {
    let starts: Vec<usize> = (0..plan.words.len()).filter(|i| !plan.words[*i].follows).collect();
    let ends = starts.iter().copied().skip(1).chain([plan.words.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).filter(|run| run.len() > 1)
}

/// Where the words of a query stand in the documents of a segment, asked for in ascending order.
struct Positions {
    /// For each word, the postings of its key; the first word of a key has them.
    postings: Vec<Option<SegmentPostings>>,
    /// For each word, the first one with the same key.
    first: Vec<usize>,
}

impl Positions {
    fn open(segment: &SegmentReader, stats: &FieldStats, plan: &Plan) -> tantivy::Result<Self> {
        let keys: Vec<&str> = plan.words.iter().map(|word| word.fold.as_str()).collect();
        Self::of_keys(segment, stats, &keys)
    }

    fn of_keys(
        segment: &SegmentReader,
        stats: &FieldStats,
        keys: &[&str],
    ) -> tantivy::Result<Self> {
        let index = segment.inverted_index(stats.field)?;
        let (mut postings, mut first) = (Vec::new(), Vec::new());
        for (at, key) in keys.iter().enumerate() {
            first.push(keys.iter().position(|other| other == key).unwrap_or(at));
            let term = Term::from_field_text(stats.field, key);
            let option = IndexRecordOption::WithFreqsAndPositions;
            postings.push(if first[at] == at { index.read_postings(&term, option)? } else { None });
        }
        Ok(Self { postings, first })
    }

    /// Whether a run of words, which have these places in a document, stands there with the marks
    /// that were typed; the positions are those of exact keys.
    fn has_marks_of(
        &mut self,
        plan: &Plan,
        (first, last): (usize, usize),
        doc: DocId,
        places: &[Vec<u32>],
    ) -> bool {
        let mut ends = places[first].clone();
        let mut read = Vec::new();
        for (word, folded) in places.iter().enumerate().take(last + 1).skip(first) {
            let here = match plan.words[word].typed.is_ascii() {
                true => folded,
                false => {
                    self.read(word, doc, &mut read);
                    &read
                }
            };
            ends = match word == first {
                true => here.clone(),
                false => followed(&ends, here),
            };
        }
        !ends.is_empty()
    }

    /// The places of a word in a document, in ascending order; none when it is not there.
    fn read(&mut self, word: usize, doc: DocId, places: &mut Vec<u32>) {
        places.clear();
        if let Some(postings) = &mut self.postings[self.first[word]] {
            if postings.doc() < doc {
                postings.seek(doc);
            }
            if postings.doc() == doc {
                postings.positions(places);
            }
        }
    }
}

/// The hits that lie in a segment, by their documents in ascending order, with their numbers.
fn docs_in(ordinal: u32, hits: &[Ranked]) -> Vec<(DocId, usize)> {
    let here = hits.iter().enumerate().filter(|(_, h)| h.address.segment_ord == ordinal);
    let mut docs: Vec<(DocId, usize)> = here.map(|(i, hit)| (hit.address.doc_id, i)).collect();
    docs.sort_unstable();
    docs
}

/// The rarity of each word's folded key.
fn rarity(words: &Words<'_>) -> Vec<f32> {
    let of = |terms: &Vec<(usize, crate::words::FoundTerm)>| {
        let folded = terms.iter().find(|(number, _)| *number == FIELD as usize);
        folded.map_or(0.0, |(_, found)| found.rarity)
    };
    words.terms.iter().map(of).collect()
}

/// The rarity of each word right behind the one before it. Counts are of occurrences, not of
/// articles, and stand for these.
fn pair_rarity(stats: &FieldStats, plan: &Plan) -> Vec<f32> {
    plan.words.iter().map(|word| stats.rarity(word.pair_count)).collect()
}

/// The places of `second` right behind one of `first`; both ascend.
fn followed(first: &[u32], second: &[u32]) -> Vec<u32> {
    let mut found = Vec::new();
    let mut ahead = second.iter().copied().peekable();
    for place in first {
        while ahead.next_if(|next| *next <= *place).is_some() {}
        found.extend(ahead.next_if(|next| *next == *place + 1));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_right_behind_the_first_counts() {
        assert_eq!(followed(&[1, 5, 9], &[2, 4, 10, 12]), [2, 10]);
        assert_eq!(followed(&[3], &[2]), [0; 0]);
        assert_eq!(followed(&[1, 2], &[2, 3]), [2, 3]);
        assert_eq!(followed(&[], &[1]), [0; 0]);
    }
}
