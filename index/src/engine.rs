//! The embedded engine: what a plan finds, and in which order.

use std::collections::HashSet;

use archive::ArticleId;
use tantivy::{DocAddress, DocId};

use crate::IndexError;
use crate::bits::Bits;
use crate::bounds::Bounds;
use crate::facets::{Counting, Counts, Facet, RawFacets};
use crate::order::{Key, Mark, Top};
use crate::pages;
use crate::patience::Patience;
use crate::plan::{Plan, Sort};
use crate::rerank::{self, Gain};
use crate::scorer::Scorer;
use crate::shelf::Shelf;
use crate::snapshot::Snapshot;
use crate::tally::Tally;
use crate::words::Words;

/// Best hits that are re-ranked, whatever the page asked for; at most half of them are those that
/// hold the query's words side by side.
const FIRST_STAGE: usize = 100;
/// Best hits with every word that are looked through for the words side by side.
const WHOLE_MAX: usize = 1000;
/// So few hits of a segment are all scored: to find out which need not be would take longer.
const ALL_SCORED_MAX: usize = 4_000;
/// Officials whom the facet shows.
const OFFICIALS_MAX: usize = 20;
/// What it is worth, for each word, that none is missing: a long article that has them all must
/// not fall behind short ones that lack one.
pub(crate) const FULL_MATCH: f32 = 0.5;

/// Which hits are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub(crate) start: Start,
    pub(crate) limit: usize,
    /// Whether of the same text at several sources only the best hit is shown.
    pub(crate) collapse: bool,
    pub(crate) facets: bool,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Start {
    /// Behind so many hits.
    Offset(usize),
    /// Behind this place in the order, and behind all that were re-ranked.
    After(Mark),
}

/// A hit before its text is fetched.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranked {
    pub(crate) id: ArticleId,
    pub(crate) score: f32,
    pub(crate) address: DocAddress,
    /// What it gained in the second stage, where it came so far.
    pub(crate) gains: Option<Vec<Gain>>,
}

/// A hit with the sources that have the same text.
pub(crate) struct FoundHit {
    pub(crate) ranked: Ranked,
    pub(crate) also_in: Vec<String>,
}

/// What the engine found.
pub(crate) struct Found {
    /// Articles that match, those that are not shown for their twins among them.
    pub(crate) total: usize,
    pub(crate) hits: Vec<FoundHit>,
    /// Where the next page begins, when there is one.
    pub(crate) next: Option<Start>,
    pub(crate) facets: Option<RawFacets>,
    /// The beginning of a word that was searched, where the last one is none.
    pub(crate) completed: Option<String>,
}

impl Found {
    /// No article at all.
    pub(crate) fn nothing(with_facets: bool) -> Self {
        let facets = with_facets.then(RawFacets::default);
        Self { total: 0, hits: Vec::new(), next: None, facets, completed: None }
    }
}

/// Runs a plan: the total, the hits of a window, and facets over all that match.
pub(crate) fn run(
    snapshot: &Snapshot,
    plan: &Plan,
    window: Window,
    patience: Patience,
) -> Result<Found, IndexError> {
    run_scoring(snapshot, plan, window, patience, ALL_SCORED_MAX)
}

/// Runs a plan, and scores all hits of segments that have at most so many.
pub(crate) fn run_scoring(
    snapshot: &Snapshot,
    plan: &Plan,
    window: Window,
    patience: Patience,
    all_scored_max: usize,
) -> Result<Found, IndexError> {
    let run = |completes| run_with(snapshot, plan, window, (patience, all_scored_max), completes);
    // Whoever is still typing has not finished the last word: where it finds nothing as it stands,
    // it is read as a beginning.
    let found = run(false)?;
    if found.total == 0 && plan.words.last().is_some_and(|word| word.begins) {
        return run(true);
    }
    Ok(found)
}

fn run_with(
    snapshot: &Snapshot,
    plan: &Plan,
    window: Window,
    (patience, all_scored_max): (Patience, usize),
    completes: bool,
) -> Result<Found, IndexError> {
    let words = Words::new(snapshot, plan, completes)?;
    let tallies = (0..snapshot.columns.len())
        .map(|ordinal| Tally::of(snapshot, plan, &words, ordinal, patience))
        .collect::<Result<Vec<_>, IndexError>>()?;
    let among = plan.mattering();
    let needs = (minimum(plan, &tallies), among);
    let matching: Vec<Matching> =
        tallies.iter().map(|tally| Matching::of(tally, needs, window.facets)).collect();
    let (words, tallies) = (&words, &tallies[..]);
    let run = Run { snapshot, plan, words, tallies, matching, among, all_scored_max, patience };
    let total = run.matching.iter().map(|one| one.hits.len()).sum();
    let facets = window.facets.then(|| run.facets());
    let mut wanted = match window.start {
        Start::Offset(offset) => offset + window.limit + 2 * FIRST_STAGE,
        Start::After(_) => window.limit + 2 * FIRST_STAGE,
    };
    loop {
        let (best, is_cut) = run.best(wanted, window.start)?;
        let order = run.order(best)?;
        let (hits, next) = pages::page(&run, &order, window)?;
        if next.is_some() || !is_cut {
            return Ok(Found { total, hits, next, facets, completed: words.completed.clone() });
        }
        // So many were not shown for their twins that the page is not full.
        wanted *= 4;
    }
}

/// How many words an article needs: most, or where that finds too little, few.
fn minimum(plan: &Plan, tallies: &[Tally<'_>]) -> u32 {
    let (strict, loose) = (plan.minimum.strict, plan.minimum.loose);
    if loose == strict {
        return strict;
    }
    let found: usize = tallies.iter().map(|tally| tally.count((strict, plan.mattering()))).sum();
    if found < plan.minimum.enough { loose } else { strict }
}

/// The articles of a segment that match.
struct Matching {
    hits: Bits,
    /// Those that hit but for what was chosen, where facets are to be counted.
    found: Option<Bits>,
}

impl Matching {
    fn of(tally: &Tally<'_>, needs: (u32, u32), with_facets: bool) -> Self {
        let found = tally.found(needs);
        Self { hits: tally.hits(found.clone()), found: with_facets.then_some(found) }
    }
}

/// One run of a plan.
pub(crate) struct Run<'s, 'r> {
    pub(crate) snapshot: &'s Snapshot,
    plan: &'r Plan,
    words: &'r Words<'s>,
    /// By segment.
    tallies: &'r [Tally<'r>],
    /// By segment.
    matching: Vec<Matching>,
    /// The words of which the hits need some, a bit each.
    among: u32,
    /// So few hits of a segment are all scored.
    all_scored_max: usize,
    patience: Patience,
}

/// The best hits.
struct Best {
    /// Of all.
    first: Vec<Ranked>,
    /// Of those that have every word.
    whole: Vec<Ranked>,
    /// Of those behind the window's mark, where it has one.
    behind: Option<Vec<Ranked>>,
}

/// Hits in their final order.
pub(crate) struct Order {
    /// Those of the second stage.
    pub(crate) head: Vec<Ranked>,
    /// All others, or those behind the window's mark.
    pub(crate) rest: Vec<Ranked>,
}

impl Run<'_, '_> {
    fn facets(&self) -> RawFacets {
        let shelves = &self.snapshot.generation.shelves;
        let mut counts = Counts::new(shelves);
        let segments = self.matching.iter().zip(self.tallies).zip(&self.snapshot.shelves);
        for ((matching, tally), shelf) in segments {
            let Some(found) = &matching.found else { continue };
            let each = |facet| tally.counting(facet, found.clone()).list();
            let counting = match tally.is_restricted() {
                true => Counting::Each(&each),
                false => Counting::All(found.list()),
            };
            counts.count(shelf, &counting);
        }
        let segments = self.matching.iter().zip(self.tallies).zip(&self.snapshot.shelves);
        let naming = segments.filter_map(|((matching, tally), shelf)| {
            let found = matching.found.clone()?;
            Some((&**shelf, tally.counting(Facet::Official, found)))
        });
        let naming: Vec<(&Shelf, Bits)> = naming.collect();
        counts.named(shelves, self.snapshot.namings.commonest(&naming, OFFICIALS_MAX))
    }

    /// The best hits, and whether there are more.
    fn best(&self, wanted: usize, start: Start) -> Result<(Best, bool), IndexError> {
        let mut tops = Tops::new(wanted, start);
        for ordinal in 0..self.tallies.len() {
            match self.plan.sort {
                Sort::Relevance => self.rank(ordinal, &mut tops)?,
                Sort::Newest | Sort::Oldest => {
                    for doc in self.matching[ordinal].hits.list() {
                        self.offer(&mut tops, ordinal, doc, 0.0, false);
                    }
                }
            }
        }
        let is_cut = tops.behind.as_ref().unwrap_or(&tops.first).is_cut();
        let (first, whole) = (tops.first.into_hits(), tops.whole.into_hits());
        let behind = tops.behind.map(Top::into_hits);
        Ok((Best { first, whole, behind }, is_cut))
    }

    /// Scores the hits of a segment that may be among the best: first those that may score most,
    /// then whoever may still come before the last of them.
    fn rank(&self, ordinal: usize, tops: &mut Tops) -> Result<(), IndexError> {
        let tally = &self.tallies[ordinal];
        let hits = &self.matching[ordinal].hits;
        let mut whole = tally.with_all(self.among);
        whole.keep(hits);
        let all = hits.list();
        let score = |docs: &[DocId], tops: &mut Tops| {
            self.scorer(ordinal)?.score(docs, |doc, score| {
                self.offer(tops, ordinal, doc, score, whole.contains(doc));
            })
        };
        if all.len() <= self.all_scored_max {
            return score(&all, tops);
        }
        let bounds = Bounds::of(tally, &whole, self.full());
        // With one word the best are the best of those that have every word.
        let ranks_whole = self.among.count_ones() > 1;
        let reaches = |doc: &DocId, least: u16, least_whole: u16| {
            let bound = bounds.of_doc(*doc);
            bound >= least || ranks_whole && bound >= least_whole && whole.contains(*doc)
        };
        let enough = bounds.reached_by(tops.first.wanted(), &all);
        let enough_whole = bounds.reached_by(tops.whole.wanted(), &whole.list());
        let (first, rest): (Vec<DocId>, Vec<DocId>) =
            all.into_iter().partition(|doc| reaches(doc, enough, enough_whole));
        score(&first, tops)?;
        tops.settle();
        let least = tops.behind.as_ref().map_or(f32::INFINITY, Top::bar).min(tops.first.bar());
        let (least, least_whole) = (bounds.least(least), bounds.least(tops.whole.bar()));
        let left = rest.len();
        let rest: Vec<DocId> =
            rest.into_iter().filter(|doc| reaches(doc, least, least_whole)).collect();
        if rest.len() < left {
            tops.leave_out();
        }
        score(&rest, tops)
    }

    fn scorer(&self, ordinal: usize) -> Result<Scorer<'_>, IndexError> {
        let segment = &self.snapshot.searcher.segment_readers()[ordinal];
        let (stats, tally) = (&self.snapshot.stats, &self.tallies[ordinal]);
        let norms = &self.snapshot.shelves[ordinal].norms;
        Scorer::open(segment, ordinal, (stats, norms), tally, self.patience)
    }

    fn offer(&self, tops: &mut Tops, ordinal: usize, doc: DocId, score: f32, is_whole: bool) {
        let columns = &self.snapshot.columns[ordinal];
        let full = if is_whole { self.full() } else { 0.0 };
        let key = Key::of(self.plan.sort, columns, doc, score + full);
        let (id, address) = (|| columns.id(doc), DocAddress::new(ordinal as u32, doc));
        if is_whole && self.among.count_ones() > 1 {
            tops.whole.offer(key, id, address);
        }
        if let Some(behind) = &mut tops.behind {
            behind.offer(key, id, address);
        }
        tops.first.offer(key, id, address);
    }

    /// What it is worth that no word is missing.
    fn full(&self) -> f32 {
        FULL_MATCH * self.among.count_ones() as f32
    }

    /// The first of those that hold the query's words side by side and the first of all others,
    /// re-ranked, before the rest in the order of the first stage.
    fn order(&self, best: Best) -> Result<Order, IndexError> {
        let Best { first, whole, behind } = best;
        if self.plan.sort != Sort::Relevance {
            return Ok(Order { head: Vec::new(), rest: behind.unwrap_or(first) });
        }
        let searcher = &self.snapshot.searcher;
        let mut head = rerank::holding_run(searcher, self.words, self.plan, whole)?;
        head.truncate(FIRST_STAGE / 2);
        let known: HashSet<DocAddress> = head.iter().map(|hit| hit.address).collect();
        let mut others = first.into_iter().filter(|hit| !known.contains(&hit.address));
        head.extend(others.by_ref().take(FIRST_STAGE - head.len()));
        rerank::rerank(self.snapshot, self.words, self.plan, &mut head)?;
        let rest = match behind {
            None => others.collect(),
            Some(behind) => {
                let known: HashSet<DocAddress> = head.iter().map(|hit| hit.address).collect();
                behind.into_iter().filter(|hit| !known.contains(&hit.address)).collect()
            }
        };
        Ok(Order { head, rest })
    }

    /// Whether an article matches.
    pub(crate) fn is_hit(&self, address: DocAddress) -> bool {
        self.matching[address.segment_ord as usize].hits.contains(address.doc_id)
    }

    /// Where an article of this score stands behind those that were re-ranked.
    pub(crate) fn mark(&self, address: DocAddress, score: f32) -> Mark {
        let (columns, doc) = (self.snapshot.columns_of(address), address.doc_id);
        Mark { key: Key::of(self.plan.sort, columns, doc, score), id: columns.id(doc) }
    }

    /// The score of one article before it is re-ranked; nothing where scores do not count.
    pub(crate) fn score(&self, address: DocAddress) -> Result<f32, IndexError> {
        let (ordinal, doc) = (address.segment_ord as usize, address.doc_id);
        let mut sum = 0.0;
        if self.plan.sort == Sort::Relevance {
            self.scorer(ordinal)?.score(&[doc], |_, score| sum = score)?;
            let is_whole =
                self.tallies[ordinal].matched(doc, self.among) == self.among.count_ones();
            sum += if is_whole { self.full() } else { 0.0 };
        }
        Ok(sum)
    }
}

/// The best hits so far.
struct Tops {
    first: Top,
    whole: Top,
    behind: Option<Top>,
}

impl Tops {
    fn new(wanted: usize, start: Start) -> Self {
        let (first, behind) = match start {
            Start::Offset(_) => (Top::new(wanted, None), None),
            Start::After(mark) => {
                (Top::new(2 * FIRST_STAGE, None), Some(Top::new(wanted, Some(mark))))
            }
        };
        Self { first, whole: Top::new(WHOLE_MAX, None), behind }
    }

    /// Notes that some were not even offered.
    fn leave_out(&mut self) {
        self.first.leave_out();
        self.behind.iter_mut().for_each(Top::leave_out);
    }

    fn settle(&mut self) {
        self.first.settle();
        self.whole.settle();
        self.behind.iter_mut().for_each(Top::settle);
    }
}
