//! Facets: how many of all matching articles fall under each source, section, year, person and
//! alteration.

use std::collections::HashMap;

use tantivy::DocId;

use crate::Alteration;
use crate::shelf::Shelf;
use crate::shelves::Shelves;

/// A value with the number of matching articles that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// What to filter by.
    pub value: String,
    /// What to show.
    pub label: String,
    /// Matching articles.
    pub count: u64,
}

/// Facets, each with the most frequent value first (years: the newest first).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By source.
    pub source: Vec<FacetCount>,
    /// By section.
    pub category: Vec<FacetCount>,
    /// By year of publication.
    pub year: Vec<FacetCount>,
    /// By officials who are named; the values are their ids.
    pub official: Vec<FacetCount>,
    /// By what happened to them since; the values are keys of [`crate::Alteration`].
    pub alteration: Vec<FacetCount>,
}

/// What is counted, and restricted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    Source,
    Category,
    Year,
    Official,
    Alteration,
}

/// Counts by value, not yet ordered or labelled.
#[derive(Default)]
pub(crate) struct RawFacets {
    pub(crate) source: HashMap<String, u64>,
    /// As pages write them: in capitals, in other spellings.
    pub(crate) category: HashMap<String, u64>,
    pub(crate) year: Vec<(u16, u64)>,
    /// The officials whom most articles name, by their numbers in the archive.
    pub(crate) officials: Vec<(u32, u64)>,
    pub(crate) alteration: Vec<(Alteration, u64)>,
}

/// Which articles of a segment count.
pub(crate) enum Counting<'c> {
    /// The same ones for every facet.
    All(Vec<DocId>),
    /// Others for each: its own restriction a facet leaves out.
    Each(&'c dyn Fn(Facet) -> Vec<DocId>),
}

/// Years that are counted: those of the calendar.
const YEARS: usize = 10_000;

/// Counts of one query.
pub(crate) struct Counts {
    source: Vec<u32>,
    category: Vec<u32>,
    year: Vec<u32>,
    alteration: [u64; Alteration::ALL.len()],
}

impl Counts {
    /// Nothing counted yet.
    pub(crate) fn new(shelves: &Shelves) -> Self {
        Self {
            source: vec![0; shelves.sources.len()],
            category: vec![0; shelves.categories.len()],
            year: vec![0; YEARS],
            alteration: Default::default(),
        }
    }

    /// Counts articles of a segment, of which all count for every facet, or some for each.
    pub(crate) fn count(&mut self, shelf: &Shelf, counting: &Counting) {
        match counting {
            Counting::All(docs) => {
                for row in docs.iter().filter_map(|doc| shelf.row(*doc)) {
                    add(&mut self.source, row.source);
                    add(&mut self.category, row.category);
                    add(&mut self.year, row.year.into());
                }
                self.count_alterations(shelf, docs);
            }
            Counting::Each(docs_of) => {
                let rows = |facet| docs_of(facet).into_iter().filter_map(|doc| shelf.row(doc));
                rows(Facet::Source).for_each(|row| add(&mut self.source, row.source));
                rows(Facet::Category).for_each(|row| add(&mut self.category, row.category));
                rows(Facet::Year).for_each(|row| add(&mut self.year, row.year.into()));
                self.count_alterations(shelf, &docs_of(Facet::Alteration));
            }
        }
    }

    fn count_alterations(&mut self, shelf: &Shelf, docs: &[DocId]) {
        if !shelf.has_altered() {
            return;
        }
        for doc in docs {
            for (one, count) in Alteration::ALL.into_iter().zip(&mut self.alteration) {
                *count += u64::from(shelf.alterations(*doc) >> one as u8 & 1);
            }
        }
    }

    /// What was counted, by name, and the commonest officials.
    pub(crate) fn named(self, shelves: &Shelves, officials: Vec<(u32, u64)>) -> RawFacets {
        let counted = |counts: Vec<u32>| {
            (0..).zip(counts).filter(|(_, count)| *count > 0).map(|(at, count)| (at, count.into()))
        };
        let alteration = Alteration::ALL.into_iter().zip(self.alteration);
        RawFacets {
            source: shelves.sources.named(&self.source),
            category: shelves.categories.named(&self.category),
            year: counted(self.year).filter(|(year, _)| *year > 0).collect(),
            officials,
            alteration: alteration.filter(|(_, count)| *count > 0).collect(),
        }
    }
}

/// What has no number has no count either.
fn add(counts: &mut [u32], number: u32) {
    if let Some(count) = counts.get_mut(number as usize) {
        *count += 1;
    }
}
