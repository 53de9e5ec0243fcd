//! The embedded engine: what a plan finds, and in which order.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use archive::ArticleId;
use tantivy::{DocAddress, DocId};

use crate::IndexError;
use crate::accumulate::{Tally, Words};
use crate::collapse::Collapse;
use crate::facets::{Counts, RawFacets};
use crate::order::{Key, Mark, Top};
use crate::patience::Patience;
use crate::plan::{Plan, Sort};
use crate::rerank::{self, Gain};
use crate::snapshot::{Columns, Snapshot};
use crate::twins::Twins;

/// Best hits that are re-ranked, whatever the page asked for; at most half of them are those that
/// hold the query's words side by side.
const FIRST_STAGE: usize = 100;
/// Best hits with every word that are looked through for the words side by side.
const WHOLE_MAX: usize = 1000;
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
    // Whoever is still typing has not finished the last word: where it finds nothing as it stands,
    // it is read as a beginning.
    let found = run_with(snapshot, plan, window, patience, false)?;
    if found.total == 0 && plan.words.last().is_some_and(|word| word.begins) {
        return run_with(snapshot, plan, window, patience, true);
    }
    Ok(found)
}

fn run_with(
    snapshot: &Snapshot,
    plan: &Plan,
    window: Window,
    patience: Patience,
    completes: bool,
) -> Result<Found, IndexError> {
    let words = Words::new(snapshot, plan, completes)?;
    let tallies = (0..snapshot.columns.len())
        .map(|ordinal| Tally::of(snapshot, plan, &words, ordinal, patience))
        .collect::<Result<Vec<_>, IndexError>>()?;
    let minimum = minimum(snapshot, plan, &tallies);
    let among = plan.mattering();
    let run = Run { snapshot, plan, words: &words, tallies: &tallies, minimum, among };
    let mut wanted = match window.start {
        Start::Offset(offset) => offset + window.limit + 2 * FIRST_STAGE,
        Start::After(_) => window.limit + 2 * FIRST_STAGE,
    };
    let mut with_facets = window.facets;
    let mut facets = None;
    loop {
        let collected = run.collect(wanted, window.start, with_facets)?;
        facets = collected.facets.or(facets);
        with_facets = false;
        patience.check()?;
        let order = run.order(collected.first, collected.whole, collected.behind)?;
        let (hits, next) = run.shown(&order, window)?;
        if next.is_some() || !collected.cut {
            let (total, completed) = (collected.total, words.completed);
            return Ok(Found { total, hits, next, facets, completed });
        }
        // So many were not shown for their twins that the page is not full.
        wanted *= 4;
    }
}

/// How many words an article needs: most, or where that finds too little, few.
fn minimum(snapshot: &Snapshot, plan: &Plan, tallies: &[Tally]) -> u32 {
    let (strict, loose) = (plan.minimum.strict, plan.minimum.loose);
    if loose == strict {
        return strict;
    }
    let segments = snapshot.searcher.segment_readers().iter().zip(tallies);
    let found: usize =
        segments.map(|(segment, tally)| tally.count(segment, strict, plan.mattering())).sum();
    if found < plan.minimum.enough { loose } else { strict }
}

/// One run of a plan.
struct Run<'s, 'r> {
    snapshot: &'s Snapshot,
    plan: &'r Plan,
    words: &'r Words<'s>,
    tallies: &'r [Tally],
    minimum: u32,
    /// The words that it needs them of, a bit each.
    among: u32,
}

/// What one pass over all articles gave.
struct Collected {
    total: usize,
    /// The best of all.
    first: Vec<Ranked>,
    /// The best of those that have every word.
    whole: Vec<Ranked>,
    /// The best behind the window's mark, where it has one.
    behind: Option<Vec<Ranked>>,
    /// Whether there are more than these.
    cut: bool,
    facets: Option<RawFacets>,
}

/// Hits in their final order.
struct Order {
    /// Those of the second stage.
    head: Vec<Ranked>,
    /// All others, or those behind the window's mark.
    rest: Vec<Ranked>,
}

impl Run<'_, '_> {
    fn collect(
        &self,
        wanted: usize,
        start: Start,
        with_facets: bool,
    ) -> Result<Collected, IndexError> {
        let all = self.among.count_ones();
        let (mut first, mut behind) = match start {
            Start::Offset(_) => (Top::new(wanted, None), None),
            Start::After(mark) => {
                (Top::new(2 * FIRST_STAGE, None), Some(Top::new(wanted, Some(mark))))
            }
        };
        let mut whole = Top::new(WHOLE_MAX, None);
        let mut total = 0;
        let shelves = &self.snapshot.generation.shelves;
        let mut counts = with_facets.then(|| Counts::new(shelves));
        let segments = self.snapshot.searcher.segment_readers();
        let mut docs = Vec::new();
        for (ordinal, (segment, tally)) in (0..).zip(segments.iter().zip(self.tallies)) {
            let columns = &self.snapshot.columns[ordinal as usize];
            tally.matching(segment, self.needs(), &mut docs);
            if let Some(counts) = &mut counts {
                let shelf = &self.snapshot.shelves[ordinal as usize];
                counts.count(shelf, &docs, tally.shut());
            }
            if !tally.shut().is_empty() {
                docs.retain(|doc| tally.shut()[*doc as usize] == 0);
            }
            total += docs.len();
            for doc in docs.iter().copied() {
                let address = DocAddress::new(ordinal, doc);
                let (matched, key) = self.key(tally, columns, doc);
                let is_whole = matched == all && all > 1;
                // Most are among none of the best.
                let is_below = first.is_below(key) && (!is_whole || whole.is_below(key));
                if is_below && behind.is_none() {
                    continue;
                }
                let id = || columns.id(doc);
                if is_whole {
                    whole.offer(key, id, address);
                }
                if let Some(behind) = &mut behind {
                    behind.offer(key, id, address);
                }
                first.offer(key, id, address);
            }
        }
        let facets = counts.map(|counts| self.with_rare(counts).named(shelves, OFFICIALS_MAX));
        let cut = behind.as_ref().unwrap_or(&first).is_cut();
        let (first, whole) = (first.into_hits(), whole.into_hits());
        let behind = behind.map(Top::into_hits);
        Ok(Collected { total, first, whole, behind, cut, facets })
    }

    /// Counts what was left out: of those who may be among the commonest, the articles in whose
    /// segment they are rare; where that may be anybody, all.
    fn with_rare(&self, mut counts: Counts) -> Counts {
        let left_out: u64 = self.snapshot.shelves.iter().map(|shelf| shelf.rare_max()).sum();
        if left_out == 0 {
            return counts;
        }
        let mut docs = Vec::new();
        let candidates = counts.may_be_commonest(OFFICIALS_MAX, left_out);
        let segments = self.snapshot.searcher.segment_readers().iter();
        for ((segment, tally), shelf) in segments.zip(self.tallies).zip(&self.snapshot.shelves) {
            match &candidates {
                Some(candidates) => {
                    for number in candidates {
                        shelf
                            .naming_rare(*number)
                            .filter_map(|doc| tally.found(segment, self.needs(), doc))
                            .for_each(|shut| counts.count_official(*number, shut));
                    }
                }
                None => {
                    tally.matching(segment, self.needs(), &mut docs);
                    counts.count_rare(shelf, &docs, tally.shut());
                }
            }
        }
        counts
    }

    /// How many words an article needs, and of which.
    fn needs(&self) -> (u32, u32) {
        (self.minimum, self.among)
    }

    /// How many of the words an article has, and what it is ordered by.
    fn key(&self, tally: &Tally, columns: &Columns, doc: DocId) -> (u32, Key) {
        let (matched, score) = tally.score_of(doc, self.among);
        let is_full = matched == self.among.count_ones();
        let full = if is_full { FULL_MATCH * matched as f32 } else { 0.0 };
        (matched, Key::of(self.plan.sort, columns, doc, score + full))
    }

    /// The first of those that hold the query's words side by side and the first of all others,
    /// re-ranked, before the rest in the order of the first stage.
    fn order(
        &self,
        first: Vec<Ranked>,
        whole: Vec<Ranked>,
        behind: Option<Vec<Ranked>>,
    ) -> Result<Order, IndexError> {
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

    /// The hits of a window, and where the next one begins.
    fn shown(
        &self,
        order: &Order,
        window: Window,
    ) -> Result<(Vec<FoundHit>, Option<Start>), IndexError> {
        let twins = Twins::new(self.snapshot);
        let heads: HashMap<DocAddress, usize> =
            order.head.iter().enumerate().map(|(at, hit)| (hit.address, at)).collect();
        let (skipped, candidates) = match window.start {
            Start::Offset(offset) => (offset, order.head.iter().chain(&order.rest)),
            Start::After(_) => (0, order.rest.iter().chain(&[])),
        };
        let (mut leaders, mut hits) = (0, Vec::with_capacity(window.limit));
        let (mut collapse, mut last) = (Collapse::default(), None);
        for hit in candidates {
            if leaders < skipped && !window.collapse {
                leaders += 1;
                continue;
            }
            if window.collapse {
                let rivals = |hit| Ok(self.before(hit, &twins.of(hit)?, &heads));
                if !collapse.shows(hit.address, rivals)? {
                    continue;
                }
            }
            leaders += 1;
            if leaders <= skipped {
                continue;
            }
            if hits.len() == window.limit {
                let next = |last| self.behind(last, skipped + window.limit, &heads);
                return Ok((hits, last.map(next)));
            }
            last = Some(hit.address);
            let also_in = twins.sources(&twins.of(hit.address)?).into_iter().collect();
            hits.push(FoundHit { ranked: hit.clone(), also_in });
        }
        Ok((hits, None))
    }

    /// The place behind a hit, which is the `number`th: those that were re-ranked are counted.
    fn behind(
        &self,
        address: DocAddress,
        number: usize,
        heads: &HashMap<DocAddress, usize>,
    ) -> Start {
        if heads.contains_key(&address) {
            Start::Offset(number)
        } else {
            Start::After(self.mark(address))
        }
    }

    /// Those of some articles that match as well and come before a hit, the first one first.
    fn before(
        &self,
        hit: DocAddress,
        articles: &[DocAddress],
        heads: &HashMap<DocAddress, usize>,
    ) -> Vec<DocAddress> {
        let matches = |article: DocAddress| {
            let tally = &self.tallies[article.segment_ord as usize];
            let (matched, shut) = tally.of_doc(article.doc_id, self.among);
            matched >= self.minimum && shut == 0
        };
        let order = |one: DocAddress, other: DocAddress| match (heads.get(&one), heads.get(&other))
        {
            (Some(one), Some(other)) => one.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.mark(one).order(&self.mark(other)),
        };
        let before = articles.iter().copied();
        let before = before.filter(|twin| matches(*twin) && order(*twin, hit) == Ordering::Less);
        let mut before: Vec<DocAddress> = before.collect();
        before.sort_by(|one, other| order(*one, *other));
        before
    }

    fn mark(&self, address: DocAddress) -> Mark {
        let DocAddress { segment_ord, doc_id } = address;
        let columns = self.snapshot.columns_of(address);
        let (_, key) = self.key(&self.tallies[segment_ord as usize], columns, doc_id);
        Mark { key, id: columns.id(doc_id) }
    }
}
