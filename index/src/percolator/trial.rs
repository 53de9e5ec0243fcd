//! Trying one search on one article: the same questions that the engine asks of its postings.

use std::collections::HashMap;
use std::sync::Arc;

use archive::PageTime;

use super::reading::Reading;
use crate::plan::{Clause, Filters, Person, Plan, TextField};
use crate::snapshot::Snapshot;
use crate::{IndexError, people, phrasing};

/// A search and an article.
pub(super) struct Trial<'t> {
    pub(super) plan: &'t Plan,
    pub(super) reading: &'t Reading,
}

/// Who is meant by names, as the whole archive has it: each is looked up once.
pub(super) struct Names {
    snapshot: Arc<Snapshot>,
    meant: HashMap<String, WhoeverIs>,
}

/// Who is meant by a name.
enum WhoeverIs {
    /// People with these terms.
    Known(Vec<String>),
    /// Nobody known: the name as a phrase.
    Phrase(Option<Clause>),
}

impl Names {
    pub(super) fn new(snapshot: Arc<Snapshot>) -> Self {
        Self { snapshot, meant: HashMap::new() }
    }

    fn are_met(&mut self, name: &str, reading: &Reading) -> Result<bool, IndexError> {
        if !self.meant.contains_key(name) {
            let terms = people::meant(&self.snapshot, name)?;
            let meant = match terms.is_empty() {
                true => WhoeverIs::Phrase(phrasing::phrase(name)),
                false => WhoeverIs::Known(terms),
            };
            self.meant.insert(name.to_owned(), meant);
        }
        Ok(match &self.meant[name] {
            WhoeverIs::Known(terms) => terms.iter().any(|term| reading.people.contains(term)),
            WhoeverIs::Phrase(phrase) => {
                phrase.as_ref().is_some_and(|phrase| holds(reading, phrase))
            }
        })
    }
}

impl Trial<'_> {
    /// Whether the search, read strictly, finds the article.
    pub(super) fn succeeds(&self, names: &mut Names) -> Result<bool, IndexError> {
        let Self { plan, reading } = *self;
        let words = (self.words() & plan.mattering()).count_ones();
        let found = words >= plan.minimum.strict
            && plan.required.iter().all(|clause| holds(reading, clause))
            && !plan.excluded.iter().any(|clause| holds(reading, clause));
        Ok(found
            && self.meets_all(&plan.own, names)?
            && self.meets_all(&plan.chosen, names)?
            && !self.meets_any(&plan.barred, names)?)
    }

    /// A bit for each word that the article has.
    fn words(&self) -> u32 {
        let Self { plan, reading } = *self;
        let mut bits = 0;
        for (slot, word) in plan.words.iter().enumerate() {
            let has = word.terms.iter().any(|term| reading.has_key(term.field, &term.key))
                || word.phrases.iter().any(|phrase| holds(reading, phrase));
            bits |= u32::from(has) << slot;
        }
        for cover in &plan.covers {
            let has = cover.terms.iter().any(|term| reading.has_key(term.field, &term.key))
                || cover.phrases.iter().any(|phrase| holds(reading, phrase));
            if has {
                bits |= cover.bits();
            }
        }
        bits
    }

    /// Whether it meets every restriction.
    fn meets_all(&self, filters: &Filters, names: &mut Names) -> Result<bool, IndexError> {
        let met = self.restrictions(filters, names)?;
        Ok(met.into_iter().flatten().all(|met| met))
    }

    /// Whether it meets any.
    fn meets_any(&self, filters: &Filters, names: &mut Names) -> Result<bool, IndexError> {
        let met = self.restrictions(filters, names)?;
        Ok(met.into_iter().flatten().any(|met| met))
    }

    /// For each kind of restriction that there is, whether it is met.
    fn restrictions(
        &self,
        filters: &Filters,
        names: &mut Names,
    ) -> Result<[Option<bool>; 5], IndexError> {
        let reading = self.reading;
        let Filters { sources, categories, officials, alterations, from, to } = filters;
        let category = || reading.category.as_ref().is_some_and(|own| categories.contains(own));
        let mut named = false;
        for person in officials {
            named |= match person {
                Person::Official(id) => reading.officials.contains(id),
                Person::Named(name) => names.are_met(name, reading)?,
            };
        }
        let start = |day| PageTime::Day(day).instant().as_second();
        let next = to.and_then(|day| day.tomorrow().ok());
        let dated = || {
            reading.published.is_some_and(|at| {
                from.is_none_or(|day| at >= start(day)) && next.is_none_or(|day| at < start(day))
            })
        };
        Ok([
            (!sources.is_empty()).then(|| sources.contains(&reading.source)),
            (!categories.is_empty()).then(category),
            (!officials.is_empty()).then_some(named),
            (from.is_some() || next.is_some()).then(dated),
            (!alterations.is_empty())
                .then(|| alterations.iter().any(|one| reading.alterations.contains(one))),
        ])
    }
}

/// Whether an article has what a clause asks for.
fn holds(reading: &Reading, clause: &Clause) -> bool {
    match clause {
        Clause::Term { field, key, .. } => reading.has_key(*field, key),
        Clause::Phrase { field, keys, .. } => {
            in_order(keys.iter().map(|(place, key)| (*place, reading.places(*field, key))))
        }
        Clause::MarkedPhrase { keys } => {
            in_order(keys.iter().map(|(place, field, key)| (*place, reading.places(*field, key))))
        }
        Clause::Fact { key, .. } => reading.facts.contains(key),
        Clause::Any(clauses) => clauses.iter().any(|clause| holds(reading, clause)),
        Clause::All(clauses) => clauses.iter().all(|clause| holds(reading, clause)),
    }
}

/// Whether keys stand as far from each other as their places in the phrase are.
fn in_order<'r>(keys: impl Iterator<Item = (usize, &'r [u32])>) -> bool {
    let mut begins: Option<Vec<u32>> = None;
    for (place, places) in keys {
        let here = places.iter().filter_map(|at| at.checked_sub(place as u32));
        begins = Some(match begins {
            None => here.collect(),
            Some(known) => here.filter(|begin| known.binary_search(begin).is_ok()).collect(),
        });
    }
    begins.is_some_and(|begins| !begins.is_empty())
}

/// The text field of a key by which a name is told: its given name must be in the article.
pub(super) fn given_name(name: &str) -> Option<(TextField, String)> {
    let tokens = vietnamese::scan(name);
    tokens.iter().next_back().map(|given| (TextField::BodyFolded, given.fold.to_owned()))
}
