//! Answering a search: reading, planning, running, and dressing the hits with their texts.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use archive::{Article, ArticleStatus};

use crate::engine::{self, Found, Ranked};
use crate::explain;
use crate::facets::RawFacets;
use crate::highlight::Marker;
use crate::index::SourceNames;
use crate::plan::{Filters, Plan, Sort};
use crate::query::Query;
use crate::schema::body_texts;
use crate::snippet::snippet;
use crate::{FacetCount, Facets, Index, IndexError};

/// Most hits on one page.
pub const PAGE_SIZE_MAX: usize = 100;
/// Hits that can be reached by turning pages; whoever needs more exports.
pub const PAGE_DEPTH_MAX: usize = 10_000;
/// Values shown of one facet.
const FACET_VALUES_MAX: usize = 50;

/// A search.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What was typed.
    pub text: String,
    /// Restrictions besides those in the text; sections in any spelling.
    pub filters: Filters,
    /// A person who must be named.
    pub official: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// Hits to leave out first.
    pub offset: usize,
    /// Hits wanted, at most [`PAGE_SIZE_MAX`].
    pub limit: usize,
    /// Whether facets are counted.
    pub facets: bool,
    /// Whether each hit is explained.
    pub explain: bool,
}

/// A found article.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The article, from the archive.
    pub article: Article,
    /// The name of its source.
    pub source_name: String,
    /// How well it matches; 0 when ordered by date.
    pub score: f32,
    /// Its title, escaped and marked.
    pub title_html: String,
    /// Its best fragment, escaped and marked.
    pub snippet_html: String,
    /// What its score comes from, when asked for: the weightiest part first.
    pub explanation: Vec<String>,
}

/// The answer to a search.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How the query was read.
    pub interpreted: String,
    /// Articles that match.
    pub total: usize,
    /// The page asked for.
    pub hits: Vec<Hit>,
    /// Counts over all that match, when asked for.
    pub facets: Option<Facets>,
    /// The time it took.
    pub took: Duration,
}

impl Index {
    /// Answers a search. No text is ever an error.
    ///
    /// # Errors
    /// When the index or the archive fails.
    pub fn search(&self, request: &Request) -> Result<Answer, IndexError> {
        let started = Instant::now();
        let query = Query::read(&request.text);
        let mut filters = request.filters.clone();
        for category in &mut filters.categories {
            *category = vietnamese::fold_phrase(category);
        }
        let official = request.official.as_deref();
        let plan = Plan::new(&query, filters, official, request.sort);
        let window = (request.offset.min(PAGE_DEPTH_MAX), request.limit.clamp(1, PAGE_SIZE_MAX));
        let generation = self.generation();
        let (searcher, fields) = (generation.reader.searcher(), &generation.fields);
        // Signs without a word ask for nothing that could be found.
        let is_signs = query.parts.is_empty() && !request.text.trim().is_empty();
        let found = match is_signs {
            true => Found::nothing(request.facets),
            false => engine::run(&searcher, fields, &plan, window, request.facets)?,
        };
        let marker = Marker::new(&query, official);
        let names = self.names();
        let mut hits = Vec::with_capacity(found.hits.len());
        for ranked in found.hits {
            let explanation = if request.explain {
                explain::in_words(&searcher, fields, &plan, &ranked)?
            } else {
                Vec::new()
            };
            hits.extend(self.dress(ranked, &marker, &names)?.map(|hit| Hit { explanation, ..hit }));
        }
        let facets = found.facets.map(|raw| self.facets(raw, &names)).transpose()?;
        Ok(Answer {
            interpreted: query.to_string(),
            total: found.total,
            hits,
            facets,
            took: started.elapsed(),
        })
    }

    /// Fetches a hit's text and marks it; `None` when it was hidden since it was indexed.
    fn dress(
        &self,
        ranked: Ranked,
        marker: &Marker,
        names: &SourceNames,
    ) -> Result<Option<Hit>, IndexError> {
        let article = self.archive().article(&ranked.id)?;
        let Some(article) = article.filter(|a| a.status != ArticleStatus::Hidden) else {
            return Ok(None);
        };
        let source = article.source.as_str();
        Ok(Some(Hit {
            source_name: names.get(source).cloned().unwrap_or_else(|| source.to_owned()),
            score: ranked.score,
            title_html: marker.mark(&article.fields.title),
            snippet_html: snippet(marker, body_texts(&article)),
            explanation: Vec::new(),
            article,
        }))
    }

    fn facets(&self, raw: RawFacets, names: &SourceNames) -> Result<Facets, IndexError> {
        let source =
            by_count(raw.source, |id| names.get(id).cloned().unwrap_or_else(|| id.to_owned()));
        let category = sections(raw.category);
        let years = raw.year.into_iter().map(|(year, count)| (year.to_string(), count)).collect();
        let mut year = by_count(years, str::to_owned);
        year.sort_by(|a, b| b.value.cmp(&a.value));
        Ok(Facets { source, category, year })
    }
}

/// Sections in one row for all their spellings, shown as most pages write them.
fn sections(as_written: HashMap<String, u64>) -> Vec<FacetCount> {
    let mut by_key: HashMap<String, (u64, FacetCount)> = HashMap::new();
    let mut written: Vec<(String, u64)> = as_written.into_iter().collect();
    written.sort();
    for (label, count) in written {
        let value = vietnamese::fold_phrase(&label);
        let new = FacetCount { value: value.clone(), label: String::new(), count: 0 };
        let (most, row) = by_key.entry(value).or_insert((0, new));
        row.count += count;
        if count > *most {
            (*most, row.label) = (count, label);
        }
    }
    ordered(by_key.into_values().map(|(_, row)| row).collect())
}

fn by_count(counts: HashMap<String, u64>, label: impl Fn(&str) -> String) -> Vec<FacetCount> {
    let row = |(value, count): (String, u64)| FacetCount { label: label(&value), value, count };
    ordered(counts.into_iter().map(row).collect())
}

/// The most frequent first.
fn ordered(mut values: Vec<FacetCount>) -> Vec<FacetCount> {
    values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    values.truncate(FACET_VALUES_MAX);
    values
}
