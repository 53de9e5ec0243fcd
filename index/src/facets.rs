//! Facets: how many of all matching articles fall under each source, section and year.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader};

use crate::schema::{CATEGORY, SOURCE, YEAR};

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
}

/// Counts by value, not yet ordered or labelled.
#[derive(Debug, Default)]
pub(crate) struct RawFacets {
    pub(crate) source: HashMap<String, u64>,
    /// As pages write them: in capitals, in other spellings.
    pub(crate) category: HashMap<String, u64>,
    pub(crate) year: HashMap<u64, u64>,
}

/// Counts while the engine collects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FacetCollector;

pub(crate) struct SegmentFacets {
    source: Texts,
    category: Texts,
    year: Column<u64>,
    years: HashMap<u64, u64>,
}

struct Texts {
    column: Option<StrColumn>,
    counts: HashMap<u64, u64>,
}

impl Collector for FacetCollector {
    type Fruit = RawFacets;
    type Child = SegmentFacets;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentFacets> {
        let columns = segment.fast_fields();
        let texts = |name| Ok(Texts { column: columns.str(name)?, counts: HashMap::new() });
        let (source, category): (tantivy::Result<_>, tantivy::Result<_>) =
            (texts(SOURCE), texts(CATEGORY));
        let (source, category) = (source?, category?);
        Ok(SegmentFacets { source, category, year: columns.u64(YEAR)?, years: HashMap::new() })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(
        &self,
        segments: Vec<tantivy::Result<RawFacets>>,
    ) -> tantivy::Result<RawFacets> {
        let mut all = RawFacets::default();
        for segment in segments {
            let segment = segment?;
            add(&mut all.source, segment.source);
            add(&mut all.category, segment.category);
            add(&mut all.year, segment.year);
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentFacets {
    type Fruit = tantivy::Result<RawFacets>;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.source.count(doc);
        self.category.count(doc);
        if let Some(year) = self.year.first(doc) {
            *self.years.entry(year).or_default() += 1;
        }
    }

    fn harvest(self) -> Self::Fruit {
        Ok(RawFacets {
            source: self.source.by_name()?,
            category: self.category.by_name()?,
            year: self.years,
        })
    }
}

impl Texts {
    fn count(&mut self, doc: DocId) {
        let ordinal = self.column.as_ref().and_then(|column| column.ords().first(doc));
        if let Some(ordinal) = ordinal {
            *self.counts.entry(ordinal).or_default() += 1;
        }
    }

    fn by_name(self) -> tantivy::Result<HashMap<String, u64>> {
        let Some(column) = self.column else { return Ok(HashMap::new()) };
        let mut named = HashMap::with_capacity(self.counts.len());
        for (ordinal, count) in self.counts {
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
