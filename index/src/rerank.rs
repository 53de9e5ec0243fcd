//! The second stage: the first hundred hits gain for words of the query that stand side by side in
//! them, read from the positions.
//!
//! Two syllables side by side are most often one Vietnamese word, so this does what a segmenter
//! would, without one to err. Each pair scores like a term of its own, by BM25; its rarity is
//! taken from the rarer of its two syllables. A run of the whole query scores once more.

use std::collections::HashMap;

use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, Searcher, SegmentReader, TERMINATED, Term};

use crate::accumulate::{FieldStats, Words};
use crate::engine::Ranked;
use crate::plan::{Plan, TextField};

/// Where words stand side by side: the folded text, which begins with the title.
const FIELD: TextField = TextField::BodyFolded;
/// Weight of a pair against a single syllable.
const PAIR_WEIGHT: f32 = 0.8;
/// Weight of a whole run of words against its syllables.
const RUN_WEIGHT: f32 = 6.0;

/// What a hit gains.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Gain {
    /// The numbers of the words, the first and the last.
    pub(crate) words: (usize, usize),
    pub(crate) score: f32,
}

/// Re-ranks the first hits; equal ones by id.
pub(crate) fn rerank(
    searcher: &Searcher,
    words: &Words<'_>,
    plan: &Plan,
    first: &mut [Ranked],
) -> tantivy::Result<()> {
    let gains = gains(searcher, words, plan, first)?;
    for (hit, gains) in first.iter_mut().zip(gains) {
        hit.score += gains.iter().map(|gain| gain.score).sum::<f32>();
    }
    first.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    Ok(())
}

/// The gains of each hit, in the order of `hits`.
pub(crate) fn gains(
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
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let docs = docs_in(ordinal, hits);
        if docs.is_empty() {
            continue;
        }
        let places = places(segment, stats, plan, &docs)?;
        let norms = segment.get_fieldnorms_reader(stats.field)?;
        for (i, (doc, hit)) in docs.iter().enumerate() {
            let worth = |count| stats.saturated(count, norms.fieldnorm_id(*doc));
            let place = |word: usize| places[plan.words[word].fold.as_str()][i].as_slice();
            add(plan, &rarity, &place, &worth, &mut all[*hit]);
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
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let docs = docs_in(ordinal, &hits);
        // Where the run may begin, by each word looked at so far: the rarest first, so that most
        // articles are out after the second.
        let mut begins: Vec<Option<Vec<u32>>> = vec![None; docs.len()];
        for word in &rarest {
            let ahead = (word - run.start) as u32;
            let open: Vec<usize> = (0..docs.len())
                .filter(|i| begins[*i].as_ref().is_none_or(|begins| !begins.is_empty()))
                .collect();
            let asked: Vec<(DocId, usize)> = open.iter().map(|i| docs[*i]).collect();
            let places = places_of(segment, stats, &plan.words[*word].fold, &asked)?;
            for (i, places) in open.into_iter().zip(places) {
                let from = places.iter().filter_map(|place| place.checked_sub(ahead));
                begins[i] = Some(match &begins[i] {
                    None => from.collect(),
                    Some(known) => from.filter(|p| known.binary_search(p).is_ok()).collect(),
                });
            }
        }
        for ((_, hit), begins) in docs.iter().zip(begins) {
            holds[*hit] = begins.is_some_and(|begins| !begins.is_empty());
        }
    }
    Ok(hits.into_iter().zip(holds).filter(|(_, holds)| *holds).map(|(hit, _)| hit).collect())
}

/// The pairs and runs of one text.
fn add<'a>(
    plan: &Plan,
    rarity: &[f32],
    place: &dyn Fn(usize) -> &'a [u32],
    worth: &dyn Fn(u32) -> f32,
    gains: &mut Vec<Gain>,
) {
    for run in runs(plan) {
        let (first, last) = (run.start, run.end - 1);
        // Where the run so far stands, by the place of its last word.
        let mut whole = place(first).to_vec();
        for second in first + 1..=last {
            let pair = followed(place(second - 1), place(second));
            whole = followed(&whole, place(second));
            if !pair.is_empty() {
                let weight = plan.words[second - 1].strength().min(plan.words[second].strength());
                let rarer = rarity[second - 1].max(rarity[second]);
                let score = PAIR_WEIGHT * weight * rarer * worth(pair.len() as u32);
                gains.push(Gain { words: (second - 1, second), score });
            }
        }
        if !whole.is_empty() {
            let sum: f32 = (first..=last).map(|w| plan.words[w].strength() * rarity[w]).sum();
            let score = RUN_WEIGHT * sum * worth(whole.len() as u32);
            gains.push(Gain { words: (first, last), score });
        }
    }
}

/// The words that stand together in the query, two or more.
fn runs(plan: &Plan) -> impl Iterator<Item = std::ops::Range<usize>> {
    let starts: Vec<usize> = (0..plan.words.len()).filter(|i| !plan.words[*i].follows).collect();
    let ends = starts.iter().copied().skip(1).chain([plan.words.len()]).collect::<Vec<_>>();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).filter(|run| run.len() > 1)
}

/// Where each word's key stands in each of the documents, which are in ascending order.
fn places<'p>(
    segment: &SegmentReader,
    stats: &FieldStats,
    plan: &'p Plan,
    docs: &[(DocId, usize)],
) -> tantivy::Result<HashMap<&'p str, Vec<Vec<u32>>>> {
    let mut places: HashMap<&str, Vec<Vec<u32>>> = HashMap::new();
    for word in &plan.words {
        if !places.contains_key(word.fold.as_str()) {
            places.insert(&word.fold, places_of(segment, stats, &word.fold, docs)?);
        }
    }
    Ok(places)
}

/// Where a key stands in each of the documents, which are in ascending order.
fn places_of(
    segment: &SegmentReader,
    stats: &FieldStats,
    key: &str,
    docs: &[(DocId, usize)],
) -> tantivy::Result<Vec<Vec<u32>>> {
    let mut all = vec![Vec::new(); docs.len()];
    let term = Term::from_field_text(stats.field, key);
    let option = IndexRecordOption::WithFreqsAndPositions;
    let index = segment.inverted_index(stats.field)?;
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

/// The hits that lie in a segment, by their documents in ascending order, with their numbers.
fn docs_in(ordinal: u32, hits: &[Ranked]) -> Vec<(DocId, usize)> {
    let here = hits.iter().enumerate().filter(|(_, h)| h.address.segment_ord == ordinal);
    let mut docs: Vec<(DocId, usize)> = here.map(|(i, hit)| (hit.address.doc_id, i)).collect();
    docs.sort_unstable();
    docs
}

/// The rarity of each word's folded key.
fn rarity(words: &Words<'_>) -> Vec<f32> {
    let of = |terms: &Vec<(usize, crate::accumulate::FoundTerm<'_>)>| {
        let folded = terms.iter().find(|(number, _)| *number == FIELD as usize);
        folded.map_or(0.0, |(_, found)| found.rarity)
    };
    words.terms.iter().map(of).collect()
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
