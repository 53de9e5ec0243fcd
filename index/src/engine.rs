//! The embedded engine: what a plan finds, and in which order.

use std::collections::HashSet;

use archive::ArticleId;
use tantivy::columnar::Column;
use tantivy::{DocAddress, DocId, Searcher};

use crate::IndexError;
use crate::accumulate::{Tally, Words};
use crate::facets::{RawFacets, SegmentFacets};
use crate::plan::{Plan, Sort};
use crate::rerank;
use crate::schema::{Fields, ID, PUBLISHED};

/// Best hits that are re-ranked, whatever the page asked for; at most half of them are those that
/// hold the query's words side by side.
/// Best hits with every word that are looked through for the words side by side.
const WHOLE_MAX: usize = 1000;
/// What it is worth, for each word, that none is missing: a long article that has them all must
/// not fall behind short ones that lack one.
pub(crate) const FULL_MATCH: f32 = 0.5;
const FIRST_STAGE: usize = 100;

/// A hit before its text is fetched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) id: ArticleId,
    pub(crate) score: f32,
    pub(crate) address: DocAddress,
}

/// What the engine found.
pub(crate) struct Found {
    pub(crate) total: usize,
    pub(crate) hits: Vec<Ranked>,
    pub(crate) facets: Option<RawFacets>,
}

impl Found {
    /// No article at all.
    pub(crate) fn nothing(with_facets: bool) -> Self {
        Self { total: 0, hits: Vec::new(), facets: with_facets.then(RawFacets::default) }
    }
}

/// What a hit is ordered by: the greatest first, equal ones by id, so that pages neither lose nor
/// repeat a hit and a rebuilt index gives the same order.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Key {
    Score(f32),
    /// Undated articles come last either way.
    Time(Option<i64>),
}

/// Runs a plan: the total, hits `offset..offset + limit`, and facets over all that match.
pub(crate) fn run(
    searcher: &Searcher,
    fields: &Fields,
    plan: &Plan,
    (offset, limit): (usize, usize),
    with_facets: bool,
) -> Result<Found, IndexError> {
    let words = Words::new(searcher, fields, plan)?;
    let segments = searcher.segment_readers();
    let tallies = (0..segments.len())
        .map(|ordinal| Tally::of(searcher, fields, plan, &words, ordinal))
        .collect::<Result<Vec<_>, IndexError>>()?;
    let minimum = minimum(plan, &tallies);
    let all = plan.mattering().count_ones();
    let mut top = Top::new(offset + limit + 2 * FIRST_STAGE);
    let mut whole = Top::new(WHOLE_MAX);
    let mut total = 0;
    let mut facets = with_facets.then(RawFacets::default);
    for (ordinal, (segment, tally)) in (0..).zip(segments.iter().zip(&tallies)) {
        let columns = Columns::open(segment)?;
        let mut counts = match facets {
            Some(_) => Some(SegmentFacets::open(segment)?),
            None => None,
        };
        tally.for_each(segment, plan.mattering(), |doc, matched| {
            if matched < minimum {
                return;
            }
            total += 1;
            if let Some(counts) = &mut counts {
                counts.count(doc);
            }
            let full = if matched == all { FULL_MATCH * matched as f32 } else { 0.0 };
            let key = columns.key(plan.sort, doc, tally.score[doc as usize] + full);
            if matched == all && all > 1 {
                whole.offer(key, || columns.id(doc), DocAddress::new(ordinal, doc));
            }
            top.offer(key, || columns.id(doc), DocAddress::new(ordinal, doc));
        });
        if let (Some(facets), Some(counts)) = (&mut facets, counts) {
            facets.add(counts.by_name()?);
        }
    }
    let mut hits = top.into_hits();
    if plan.sort == Sort::Relevance {
        let held = rerank::holding_run(searcher, &words, plan, whole.into_hits())?;
        hits = second_stage(searcher, &words, plan, held, hits)?;
    }
    let hits = hits.into_iter().skip(offset).take(limit).collect();
    Ok(Found { total, hits, facets })
}

/// The first of those that hold the query's words side by side and the first of all others, in
/// their new order, before the rest in the old one.
fn second_stage(
    searcher: &Searcher,
    words: &Words<'_>,
    plan: &Plan,
    mut first: Vec<Ranked>,
    others: Vec<Ranked>,
) -> Result<Vec<Ranked>, IndexError> {
    first.truncate(FIRST_STAGE / 2);
    let known: HashSet<u64> = first.iter().map(|hit| hit.id.to_bits()).collect();
    let mut others = others.into_iter().filter(|hit| !known.contains(&hit.id.to_bits()));
    first.extend(others.by_ref().take(FIRST_STAGE - first.len()));
    rerank::rerank(searcher, words, plan, &mut first)?;
    first.extend(others);
    Ok(first)
}

/// How many words an article needs: most, or where that finds too little, few.
fn minimum(plan: &Plan, tallies: &[Tally]) -> u32 {
    let (strict, loose) = (plan.minimum.strict, plan.minimum.loose);
    if loose == strict {
        return strict;
    }
    let found: usize = tallies.iter().map(|tally| tally.count(strict, plan.mattering())).sum();
    if found < plan.minimum.enough { loose } else { strict }
}

/// The columns that order hits.
struct Columns {
    id: Column<u64>,
    published: Column<i64>,
}

impl Columns {
    fn open(segment: &tantivy::SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self { id: columns.u64(ID)?, published: columns.i64(PUBLISHED)? })
    }

    fn id(&self, doc: DocId) -> u64 {
        self.id.first(doc).unwrap_or_default()
    }

    fn key(&self, sort: Sort, doc: DocId, score: f32) -> Key {
        let time = || self.published.first(doc);
        match sort {
            Sort::Relevance => Key::Score(score),
            Sort::Newest => Key::Time(time()),
            Sort::Oldest => Key::Time(time().map(|at| -at)),
        }
    }
}

/// The best so far, at least as many as wanted.
struct Top {
    wanted: usize,
    held: Vec<(Key, u64, DocAddress)>,
    /// The worst that is still wanted, once there are enough.
    bar: Option<Key>,
}

impl Top {
    fn new(wanted: usize) -> Self {
        Self { wanted, held: Vec::new(), bar: None }
    }

    fn offer(&mut self, key: Key, id: impl FnOnce() -> u64, address: DocAddress) {
        if self.bar.is_some_and(|bar| key < bar) {
            return;
        }
        self.held.push((key, id(), address));
        if self.held.len() >= 4 * self.wanted {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.held.sort_unstable_by(|(a, x, _), (b, y, _)| {
            b.partial_cmp(a).unwrap_or(std::cmp::Ordering::Equal).then(x.cmp(y))
        });
        self.held.truncate(self.wanted);
        if self.held.len() == self.wanted {
            self.bar = self.held.last().map(|(key, ..)| *key);
        }
    }

    fn into_hits(mut self) -> Vec<Ranked> {
        self.cut();
        let hit = |(key, id, address)| {
            let score = if let Key::Score(score) = key { score } else { 0.0 };
            Ranked { id: ArticleId::from_bits(id), score, address }
        };
        self.held.into_iter().map(hit).collect()
    }
}
