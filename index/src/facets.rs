//! Facets: how many of all matching articles fall under each source, section and year.

use std::collections::HashMap;

use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

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

/// Counts in one segment.
pub(crate) struct SegmentFacets {
    source: Texts,
    category: Texts,
    year: Column<u64>,
    years: HashMap<u64, u64>,
}

struct Texts {
    column: Option<StrColumn>,
    /// By ordinal.
    counts: Vec<u64>,
}

impl SegmentFacets {
    pub(crate) fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let texts = |name| {
            let column = columns.str(name)?;
            let values = column.as_ref().map_or(0, |column| column.num_terms());
            tantivy::Result::Ok(Texts { column, counts: vec![0; values] })
        };
        Ok(Self {
            source: texts(SOURCE)?,
            category: texts(CATEGORY)?,
            year: columns.u64(YEAR)?,
            years: HashMap::new(),
        })
    }

    pub(crate) fn count(&mut self, doc: DocId) {
        self.source.count(doc);
        self.category.count(doc);
        if let Some(year) = self.year.first(doc) {
            *self.years.entry(year).or_default() += 1;
        }
    }

    pub(crate) fn by_name(self) -> tantivy::Result<RawFacets> {
        Ok(RawFacets {
            source: self.source.by_name()?,
            category: self.category.by_name()?,
            year: self.years,
        })
    }
}

impl RawFacets {
    /// Adds another segment's.
    pub(crate) fn add(&mut self, segment: Self) {
        add(&mut self.source, segment.source);
        add(&mut self.category, segment.category);
        add(&mut self.year, segment.year);
    }
}

impl Texts {
    fn count(&mut self, doc: DocId) {
        let ordinal = self.column.as_ref().and_then(|column| column.ords().first(doc));
        if let Some(count) = ordinal.and_then(|o| self.counts.get_mut(o as usize)) {
            *count += 1;
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
