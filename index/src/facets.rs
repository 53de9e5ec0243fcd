//! Facets: how many of all matching articles fall under each source, section, year, person and
//! alteration.

use std::collections::HashMap;

use tantivy::DocId;
use tantivy::columnar::{Column, StrColumn};

use crate::people_counts::PeopleCounts;
use crate::snapshot::Columns;

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
pub(crate) struct RawFacets<'s> {
    pub(crate) source: HashMap<String, u64>,
    /// As pages write them: in capitals, in other spellings.
    pub(crate) category: HashMap<String, u64>,
    pub(crate) year: HashMap<u64, u64>,
    pub(crate) people: PeopleCounts<'s>,
    pub(crate) alteration: HashMap<String, u64>,
}

/// Counts in one segment.
pub(crate) struct SegmentFacets<'s> {
    source: Texts<'s>,
    category: Texts<'s>,
    year: &'s Column<u64>,
    years: HashMap<u64, u64>,
    people: Texts<'s>,
    alteration: Texts<'s>,
}

/// Counts of a column's values.
pub(crate) struct Texts<'s> {
    pub(crate) column: Option<&'s StrColumn>,
    /// By ordinal.
    pub(crate) counts: Vec<u64>,
}

impl<'s> SegmentFacets<'s> {
    pub(crate) fn open(columns: &'s Columns) -> Self {
        let texts = |column: &'s Option<StrColumn>| {
            let values = column.as_ref().map_or(0, |column| column.num_terms());
            Texts { column: column.as_ref(), counts: vec![0; values] }
        };
        Self {
            source: texts(&columns.source),
            category: texts(&columns.category),
            year: &columns.year,
            years: HashMap::new(),
            people: texts(&columns.person),
            alteration: texts(&columns.alteration),
        }
    }

    /// Counts an article that does not meet some of the restrictions.
    pub(crate) fn count(&mut self, doc: DocId, shut: u8) {
        if Facet::Source.counts(shut) {
            self.source.count(doc);
        }
        if Facet::Category.counts(shut) {
            self.category.count(doc);
        }
        if Facet::Year.counts(shut)
            && let Some(year) = self.year.first(doc)
        {
            *self.years.entry(year).or_default() += 1;
        }
        if Facet::Official.counts(shut) {
            self.people.count_all(doc);
        }
        if Facet::Alteration.counts(shut) {
            self.alteration.count_all(doc);
        }
    }
}

impl<'s> RawFacets<'s> {
    /// Adds a segment's.
    pub(crate) fn add(&mut self, segment: SegmentFacets<'s>) -> tantivy::Result<()> {
        add(&mut self.source, segment.source.by_name()?);
        add(&mut self.category, segment.category.by_name()?);
        add(&mut self.year, segment.years);
        self.people.add(segment.people);
        add(&mut self.alteration, segment.alteration.by_name()?);
        Ok(())
    }
}

impl Texts<'_> {
    fn count(&mut self, doc: DocId) {
        let ordinal = self.column.and_then(|column| column.ords().first(doc));
        if let Some(count) = ordinal.and_then(|o| self.counts.get_mut(o as usize)) {
            *count += 1;
        }
    }

    fn count_all(&mut self, doc: DocId) {
        let Some(column) = self.column else { return };
        for ordinal in column.ords().values_for_doc(doc) {
            if let Some(count) = self.counts.get_mut(ordinal as usize) {
                *count += 1;
            }
        }
    }

    fn by_name(self) -> tantivy::Result<HashMap<String, u64>> {
        let Some(column) = self.column else { return Ok(HashMap::new()) };
        let mut named = HashMap::new();
        for (ordinal, count) in (0..).zip(self.counts).filter(|(_, count)| *count > 0) {
            let mut name = String::new();
            column.ord_to_str(ordinal, &mut name)?;
            named.insert(name, count);
        }
        Ok(named)
    }
}

fn add<K: std::hash::Hash + Eq>(all: &mut HashMap<K, u64>, more: HashMap<K, u64>) {
    for (value, count) in more {
        *all.entry(value).or_default() += count;
    }
}
