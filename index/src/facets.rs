//! Facets: how many of all matching articles fall under each source, section, year, person and
//! alteration.

use std::collections::HashMap;

use tantivy::DocId;

use crate::Alteration;
use crate::people_counts::PeopleCounts;
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

impl Facet {
    /// The bit of this facet's restriction.
    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Whether an article that does not meet these restrictions counts: its own one a facet leaves
    /// out, to show what else could be chosen.
    fn counts(self, shut: u8) -> bool {
        shut & !self.bit() == 0
    }
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

/// Years that are counted: those of the calendar.
const YEARS: usize = 10_000;

/// Counts of one query.
pub(crate) struct Counts {
    source: Vec<u64>,
    category: Vec<u64>,
    year: Vec<u64>,
    people: PeopleCounts,
    /// Officials of the segment that is counted, by their places in it; kept for its room.
    here: Vec<u32>,
    alteration: [u64; Alteration::ALL.len()],
}

impl Counts {
    /// Nothing counted yet.
    pub(crate) fn new(shelves: &Shelves) -> Self {
        Self {
            source: vec![0; shelves.sources.len()],
            category: vec![0; shelves.categories.len()],
            year: vec![0; YEARS],
            people: shelves.spare.take(),
            here: Vec::new(),
            alteration: Default::default(),
        }
    }

    /// Counts articles of a segment, each of which does not meet some of the restrictions; `shut` is
    /// empty where there are none. One column after the other: half of an archive may match.
    pub(crate) fn count(&mut self, shelf: &Shelf, docs: &[DocId], shut: &[u8]) {
        for doc in counting(Facet::Source, docs, shut) {
            add(&mut self.source, shelf.source(doc));
        }
        for doc in counting(Facet::Category, docs, shut) {
            add(&mut self.category, shelf.category(doc));
        }
        for doc in counting(Facet::Year, docs, shut) {
            add(&mut self.year, shelf.year(doc).map(u32::from));
        }
        // By their places in the segment first: these counts lie close together.
        self.here.clear();
        self.here.resize(shelf.named().len(), 0);
        for doc in counting(Facet::Official, docs, shut) {
            shelf.officials(doc).iter().for_each(|place| self.here[*place as usize] += 1);
        }
        let met = shelf.named().iter().zip(&self.here).filter(|(_, count)| **count > 0);
        met.for_each(|(number, count)| self.people.add(*number, *count));
        if !shelf.has_altered() {
            return;
        }
        for doc in counting(Facet::Alteration, docs, shut) {
            for (one, count) in Alteration::ALL.into_iter().zip(&mut self.alteration) {
                *count += u64::from(shelf.alterations(doc) >> one as u8 & 1);
            }
        }
    }

    /// Counts the rare officials of articles, whom [`Counts::count`] left out.
    pub(crate) fn count_rare(&mut self, shelf: &Shelf, docs: &[DocId], shut: &[u8]) {
        for doc in counting(Facet::Official, docs, shut) {
            shelf.rare(doc).iter().for_each(|number| self.people.add(*number, 1));
        }
    }

    /// The officials among whom the commonest are, where of each at most `left_out` articles were
    /// not counted; `None` where it may be anybody.
    pub(crate) fn may_be_commonest(&mut self, officials: usize, left_out: u64) -> Option<Vec<u32>> {
        let commonest = self.people.commonest(officials);
        let (_, least) = commonest.last().filter(|_| commonest.len() == officials)?;
        (*least > left_out).then(|| self.people.at_least(*least - left_out))
    }

    /// Counts an official in an article that was left out.
    pub(crate) fn count_official(&mut self, number: u32, shut: u8) {
        if Facet::Official.counts(shut) {
            self.people.add(number, 1);
        }
    }

    /// What was counted, by name; of the officials the `officials` commonest.
    pub(crate) fn named(mut self, shelves: &Shelves, officials: usize) -> RawFacets {
        let counted = |counts: Vec<u64>| (0..).zip(counts).filter(|(_, count)| *count > 0);
        let alteration = Alteration::ALL.into_iter().zip(self.alteration);
        let raw = RawFacets {
            source: shelves.sources.named(&self.source),
            category: shelves.categories.named(&self.category),
            year: counted(self.year).collect(),
            officials: self.people.commonest(officials),
            alteration: alteration.filter(|(_, count)| *count > 0).collect(),
        };
        shelves.spare.give_back(self.people);
        raw
    }
}

/// Those of some articles that count for a facet.
fn counting<'d>(
    facet: Facet,
    docs: &'d [DocId],
    shut: &'d [u8],
) -> impl Iterator<Item = DocId> + 'd {
    let counts = move |doc: &DocId| shut.get(*doc as usize).is_none_or(|shut| facet.counts(*shut));
    docs.iter().copied().filter(counts)
}

fn add(counts: &mut [u64], number: Option<u32>) {
    if let Some(count) = number.and_then(|number| counts.get_mut(number as usize)) {
        *count += 1;
    }
}
