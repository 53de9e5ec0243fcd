//! The first stage: what the articles of a segment have of a query, as sets, and what adds to their
//! scores. How many match, and what facets count, is read off the sets; scores are added up only for
//! those that may come first.

use std::sync::Arc;

use tantivy::query::{EnableScoring, Query};
use tantivy::{DocId, SegmentReader};

use crate::IndexError;
use crate::bits::Bits;
use crate::clause;
use crate::facets::Facet;
use crate::holders::Holding;
use crate::patience::Patience;
use crate::plan::{Clause, Plan};
use crate::snapshot::Snapshot;
use crate::words::{FoundTerm, Words};

/// What the articles of a segment have of the query.
pub(crate) struct Tally<'q> {
    docs: DocId,
    /// For each word of the query, the articles that have it.
    words: Vec<Bits>,
    /// What adds to scores, in this order.
    pub(crate) parts: Vec<Part<'q>>,
    /// Articles that are not deleted; all where there is none.
    alive: Option<Bits>,
    /// Of these, those that meet what no facet leaves out: required and excluded phrases, the
    /// query's own filters.
    open: Bits,
    /// For each chosen restriction, the articles that meet it.
    chosen: Vec<(Facet, Bits)>,
}

/// What adds to scores.
pub(crate) enum Part<'q> {
    /// A term, in a field of this number.
    Term {
        field: usize,
        found: &'q FoundTerm,
        holding: Arc<Holding>,
        /// Where it counts: what stands for several words adds nothing where all of them are
        /// written out.
        only: Option<Bits>,
    },
    /// What a clause gave, in the order of the articles.
    Given(Vec<(DocId, f32)>),
}

impl<'q> Tally<'q> {
    /// Looks through a segment; between terms and clauses it looks at the clock.
    pub(crate) fn of(
        snapshot: &Snapshot,
        plan: &Plan,
        words: &'q Words<'_>,
        ordinal: usize,
        patience: Patience,
    ) -> Result<Self, IndexError> {
        let segment = &snapshot.searcher.segment_readers()[ordinal];
        let docs = segment.max_doc();
        let alive = snapshot.alive[ordinal].clone();
        let mut tally = Self {
            docs,
            words: vec![Bits::none(docs); plan.words.len()],
            parts: Vec::new(),
            open: alive.clone().unwrap_or_else(|| Bits::all(docs)),
            alive,
            chosen: Vec::new(),
        };
        let look = Look { snapshot, segment, ordinal, patience };
        tally.add_words(&look, plan, words)?;
        tally.add_covers(&look, plan, words)?;
        tally.restrict(&look, plan, words)?;
        Ok(tally)
    }

    fn add_words(
        &mut self,
        look: &Look<'_>,
        plan: &Plan,
        words: &'q Words<'_>,
    ) -> Result<(), IndexError> {
        for (slot, terms) in words.terms.iter().enumerate() {
            for (field, found) in terms {
                let Some(holding) = look.holding(words, *field, found)? else { continue };
                holding.add_to(&mut self.words[slot]);
                self.parts.push(Part::Term { field: *field, found, holding, only: None });
            }
        }
        for (slot, word) in plan.words.iter().enumerate() {
            self.add_phrases(look, &word.phrases, 1 << slot)?;
        }
        Ok(())
    }

    fn add_covers(
        &mut self,
        look: &Look<'_>,
        plan: &Plan,
        words: &'q Words<'_>,
    ) -> Result<(), IndexError> {
        for (bits, field, found) in &words.covers {
            let Some(holding) = look.holding(words, *field, found)? else { continue };
            let mut only = Bits::none(self.docs);
            holding.add_to(&mut only);
            only.remove(&self.with_all(*bits));
            slots(*bits).for_each(|slot| self.words[slot].add(&only));
            self.parts.push(Part::Term { field: *field, found, holding, only: Some(only) });
        }
        for cover in &plan.covers {
            self.add_phrases(look, &cover.phrases, cover.bits())?;
        }
        Ok(())
    }

    /// Adds what stands for some words: another reading counts only where the literal one is missing.
    fn add_phrases(
        &mut self,
        look: &Look<'_>,
        phrases: &[Clause],
        bits: u32,
    ) -> Result<(), IndexError> {
        for phrase in phrases {
            let literal = self.with_all(bits);
            let query = clause::translate(&look.snapshot.generation, phrase);
            let given = look.scores(&*query, |doc| !literal.contains(doc))?;
            for slot in slots(bits) {
                given.iter().for_each(|(doc, _)| self.words[slot].insert(*doc));
            }
            self.parts.push(Part::Given(given));
        }
        Ok(())
    }

    fn restrict(
        &mut self,
        look: &Look<'_>,
        plan: &Plan,
        words: &'q Words<'_>,
    ) -> Result<(), IndexError> {
        let translate = |clause| clause::translate(&look.snapshot.generation, clause);
        // Who lacks one of them is out, so that what they give is one sum.
        let mut sums: Option<Vec<(DocId, f32)>> = None;
        for required in &plan.required {
            let given = look.scores(&*translate(required), |doc| self.open.contains(doc))?;
            let mut passed = Bits::none(self.docs);
            given.iter().for_each(|(doc, _)| passed.insert(*doc));
            self.open.keep(&passed);
            sums = Some(match sums {
                None => given,
                Some(mut sums) => {
                    sums.retain(|(doc, _)| passed.contains(*doc));
                    sums.iter_mut().zip(given).for_each(|((_, sum), (_, score))| *sum += score);
                    sums
                }
            });
        }
        self.parts.extend(sums.map(Part::Given));
        for (_, query) in &words.own {
            self.open.keep(&look.matching(&**query)?);
        }
        for excluded in &plan.excluded {
            self.open.remove(&look.matching(&*translate(excluded))?);
        }
        for (_, query) in &words.barred {
            self.open.remove(&look.matching(&**query)?);
        }
        for (facet, query) in &words.chosen {
            self.chosen.push((*facet, look.matching(&**query)?));
        }
        Ok(())
    }

    /// How many articles have at least `minimum` of the words `among`, whatever else is asked: a
    /// filter must not change how a query is read.
    pub(crate) fn count(&self, (minimum, among): (u32, u32)) -> usize {
        let mut found = self.with_at_least(minimum, among);
        self.alive.iter().for_each(|alive| found.keep(alive));
        found.len()
    }

    /// The articles that have at least `minimum` of the words `among`, whichever of the chosen
    /// restrictions they do not meet.
    pub(crate) fn found(&self, (minimum, among): (u32, u32)) -> Bits {
        let mut found = self.with_at_least(minimum, among);
        found.keep(&self.open);
        found
    }

    /// Those of them that meet every restriction.
    pub(crate) fn hits(&self, mut found: Bits) -> Bits {
        self.chosen.iter().for_each(|(_, passed)| found.keep(passed));
        found
    }

    /// Those of them that count for a facet: its own restriction it leaves out, to show what else
    /// could be chosen.
    pub(crate) fn counting(&self, facet: Facet, mut found: Bits) -> Bits {
        let others = self.chosen.iter().filter(|(other, _)| *other != facet);
        others.for_each(|(_, passed)| found.keep(passed));
        found
    }

    /// Whether anything is chosen.
    pub(crate) fn is_restricted(&self) -> bool {
        !self.chosen.is_empty()
    }

    fn with_at_least(&self, minimum: u32, among: u32) -> Bits {
        let words: Vec<&Bits> = slots(among).filter_map(|slot| self.words.get(slot)).collect();
        Bits::in_at_least(self.docs, &words, minimum)
    }

    /// The articles that have all of some words.
    pub(crate) fn with_all(&self, bits: u32) -> Bits {
        self.with_at_least(bits.count_ones(), bits)
    }

    /// How many of the words `among` an article has.
    pub(crate) fn matched(&self, doc: DocId, among: u32) -> u32 {
        slots(among).map(|slot| u32::from(self.words[slot].contains(doc))).sum()
    }

    /// Articles of the segment.
    pub(crate) fn docs(&self) -> DocId {
        self.docs
    }
}

/// The numbers of a set's words.
fn slots(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let slot = (bits != 0).then(|| bits.trailing_zeros())?;
        bits &= bits - 1;
        Some(slot as usize)
    })
}

/// A look at a segment.
struct Look<'s> {
    snapshot: &'s Snapshot,
    segment: &'s SegmentReader,
    ordinal: usize,
    patience: Patience,
}

impl Look<'_> {
    /// Who has a term, where anybody has.
    fn holding(
        &self,
        words: &Words<'_>,
        field: usize,
        found: &FoundTerm,
    ) -> Result<Option<Arc<Holding>>, IndexError> {
        self.patience.check()?;
        let Some(info) = found.in_segment(self.ordinal) else { return Ok(None) };
        let shelf = &self.snapshot.shelves[self.ordinal];
        let (stats, norms) = (&words.stats[field], &shelf.norms[field]);
        let holding = shelf.holders.of(self.segment, (stats, norms), (&found.term.key, info))?;
        Ok(Some(holding))
    }

    /// The scores that a query gives to those articles that count.
    fn scores(
        &self,
        query: &dyn Query,
        counts: impl Fn(DocId) -> bool,
    ) -> Result<Vec<(DocId, f32)>, IndexError> {
        self.patience.check()?;
        let weight = query.weight(EnableScoring::enabled_from_searcher(&self.snapshot.searcher))?;
        let mut given = Vec::new();
        weight.for_each(self.segment, &mut |doc, score| {
            given.extend(counts(doc).then_some((doc, score)));
        })?;
        Ok(given)
    }

    /// The articles that match a query.
    fn matching(&self, query: &dyn Query) -> Result<Bits, IndexError> {
        self.patience.check()?;
        let weight =
            query.weight(EnableScoring::disabled_from_searcher(&self.snapshot.searcher))?;
        let mut matching = Bits::none(self.segment.max_doc());
        weight.for_each_no_score(self.segment, &mut |docs| {
            docs.iter().for_each(|doc| matching.insert(*doc));
        })?;
        Ok(matching)
    }
}
