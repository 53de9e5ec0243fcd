//! Answering a search: reading, planning, running, and dressing the hits with their texts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use archive::{Article, ArticleStatus, InArticle, VIETNAM};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::cursor::{Cursor, InvalidCursor};
use crate::engine::{self, Found, FoundHit, Ranked, Start, Window};
use crate::facets::RawFacets;
use crate::features::body_texts;
use crate::highlight::Marker;
use crate::index::SourceNames;
use crate::labels::Label;
use crate::pairs::mix;
use crate::patience::Patience;
use crate::plan::{Filters, Minimum, Person, Plan, Sort};
use crate::query::Query;
use crate::rerank::{self, Places};
use crate::snapshot::Snapshot;
use crate::snippet::snippet;
use crate::words::Words;
use crate::{Alteration, FacetCount, Facets, Index, IndexError, Meant, explain};

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
    /// In which order.
    pub sort: Sort,
    /// Now: what `tuần trước` is counted from, and what articles age by.
    pub now: Timestamp,
    /// Hits to leave out first.
    pub offset: usize,
    /// Where an earlier answer ended, instead of `offset`.
    pub cursor: Option<Cursor>,
    /// Whether each text is shown once, though several sources have it.
    pub collapse: bool,
    /// How long it may take; without it, as long as it takes. It is looked at between the steps of a
    /// search.
    pub patience: Option<Duration>,
    /// Hits wanted, at most [`PAGE_SIZE_MAX`].
    pub limit: usize,
    /// Whether facets are counted.
    pub facets: bool,
    /// Whether each hit is explained.
    pub explain: bool,
    /// Whether only what is about the whole query is found: its words as they stand, most of them,
    /// however few articles have these. For what is not ranked: feeds and alerts.
    pub strict: bool,
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
    /// The ids and names of other sources that have the same text.
    pub also_in: Vec<(String, String)>,
    /// What its score comes from, when asked for: the weightiest part first.
    pub explanation: Vec<String>,
    /// The officials whom it names.
    pub officials: Vec<InArticle>,
}

/// The answer to a search.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The officials who may be meant, the likeliest first.
    pub officials: Vec<Meant>,
    /// How the query was read.
    pub interpreted: String,
    /// A better spelling, where one is likely meant.
    pub did_you_mean: Option<String>,
    /// Articles that match; those that are not shown because another source's is count as well.
    pub total: usize,
    /// The page asked for.
    pub hits: Vec<Hit>,
    /// Where the next page begins, when there is one.
    pub next: Option<Cursor>,
    /// Counts over all that match, when asked for.
    pub facets: Option<Facets>,
    /// The time it took.
    pub took: Duration,
}

impl Request {
    /// What tells a search from others: pages of one search share it.
    fn number(&self) -> u64 {
        let restrictions = (&self.text, &self.filters, self.sort, self.collapse);
        let written = format!("{restrictions:?}");
        written.bytes().fold(0, |hash, byte| mix(hash, byte.into()))
    }

    /// When it was asked, or on a later page, when the first one was.
    fn now(&self) -> Timestamp {
        let first = self.cursor.and_then(|c| Timestamp::from_second(c.now.into()).ok());
        first.unwrap_or(self.now)
    }

    pub(crate) fn today(&self) -> Date {
        VIETNAM.to_datetime(self.now()).date()
    }
}

impl Index {
    /// Answers a search. No text is ever an error.
    ///
    /// # Errors
    /// [`IndexError::Cursor`] when the cursor is another search's; else when the index or the
    /// archive fails.
    pub fn search(&self, request: &Request) -> Result<Answer, IndexError> {
        self.watched(|| self.answer(request))
    }

    fn answer(&self, request: &Request) -> Result<Answer, IndexError> {
        let started = Instant::now();
        let request = &Request { filters: self.known(&request.filters)?, ..request.clone() };
        let kept = self.snapshot_of(request)?;
        let snapshot = &*kept;
        let query = Query::read(&request.text, request.today());
        let officials = if request.strict { Vec::new() } else { self.offered(&query)? };
        let asked = officials.first().filter(|one| one.is_asked_for());
        let (plan, did_you_mean) = match asked {
            Some(person) => {
                let named = plan(snapshot, &person.query(&query), request);
                // The name must be there; all else lifts.
                let minimum = Minimum { strict: 1, loose: 1, enough: 0 };
                (Plan { minimum, ..named }, None)
            }
            None => (plan(snapshot, &query, request), snapshot.did_you_mean(&query)?),
        };
        let interpreted = match asked {
            Some(person) => person.interpreted(&query),
            None => query.to_string(),
        };
        // Signs without a word ask for nothing that could be found.
        let found = match query.is_signs(&request.text) {
            true => Found::nothing(request.facets),
            false => {
                let patience = Patience { since: started, most: request.patience };
                engine::run(snapshot, &plan, window(request), patience)?
            }
        };
        let mut marker = Marker::new(&query, &self.names_of(&request.filters.officials)?);
        marker.add_phrases(learned_phrases(&plan));
        marker.complete(found.completed.as_deref());
        marker.weigh(&plan);
        let addresses: Vec<_> = found.hits.iter().map(|hit| hit.ranked.address).collect();
        let places = rerank::places(snapshot, &plan, &addresses)?;
        let names = self.names();
        let words = request
            .explain
            .then(|| Words::new(snapshot, &plan, found.completed.is_some()))
            .transpose()?;
        let mut hits = Vec::with_capacity(found.hits.len());
        for (FoundHit { ranked, also_in }, places) in found.hits.into_iter().zip(places) {
            let explanation = match &words {
                Some(words) => explain::in_words(snapshot, &plan, words, &ranked)?,
                None => Vec::new(),
            };
            if let Some(hit) = self.dress(ranked, &marker, &places, &names)? {
                let also_in = also_in.into_iter().map(|id| (id.clone(), name_of(&names, &id)));
                hits.push(Hit { explanation, also_in: also_in.collect(), ..hit });
            }
        }
        let facets = found.facets.map(|raw| self.facets(raw, &names)).transpose()?;
        if found.next.is_some() {
            self.states().keep(kept.clone(), started);
        }
        let next = found.next.map(|start| Cursor {
            state: snapshot.number,
            search: request.number(),
            now: u32::try_from(request.now().as_second()).unwrap_or_default(),
            start,
        });
        Ok(Answer {
            interpreted,
            did_you_mean,
            officials,
            total: found.total,
            hits,
            next,
            facets,
            took: started.elapsed(),
        })
    }

    /// The state of the index that a request is about: the one its cursor saw, while that is kept.
    fn snapshot_of(&self, request: &Request) -> Result<Arc<Snapshot>, IndexError> {
        let Some(cursor) = request.cursor else { return self.snapshot() };
        if cursor.search != request.number() {
            return Err(IndexError::Cursor(InvalidCursor));
        }
        match self.states().get(cursor.state, Instant::now()) {
            Some(kept) => Ok(kept),
            None => self.snapshot(),
        }
    }

    /// Fetches a hit's text and marks it; `None` when it was hidden since it was indexed.
    fn dress(
        &self,
        ranked: Ranked,
        marker: &Marker,
        places: &Places,
        names: &SourceNames,
    ) -> Result<Option<Hit>, IndexError> {
        let article = self.archive().article(&ranked.id)?;
        let Some(article) = article.filter(|a| a.status != ArticleStatus::Hidden) else {
            return Ok(None);
        };
        Ok(Some(Hit {
            source_name: name_of(names, article.source.as_str()),
            score: ranked.score,
            title_html: marker.mark(&article.fields.title),
            snippet_html: {
                let texts: Vec<&str> = body_texts(&article).collect();
                snippet(marker, &article.fields.title, &texts, places)
            },
            also_in: Vec::new(),
            explanation: Vec::new(),
            officials: self.archive().officials_of(&article.id)?,
            article,
        }))
    }

    fn facets(&self, raw: RawFacets, names: &SourceNames) -> Result<Facets, IndexError> {
        let source = by_count(raw.source, |id| name_of(names, id));
        let category = sections(raw.category);
        let years = raw.year.into_iter().map(|(year, count)| (year.to_string(), count)).collect();
        let mut year = by_count(years, str::to_owned);
        year.sort_by(|a, b| b.value.cmp(&a.value));
        let official = self.people(raw.officials)?;
        let altered = |(one, count): (Alteration, u64)| FacetCount {
            value: one.key().to_owned(),
            label: one.name().to_owned(),
            count,
        };
        let alteration = ordered(raw.alteration.into_iter().map(altered).collect());
        Ok(Facets { source, category, year, official, alteration })
    }

    /// Officials with their names; of those who share one, each with a post as well.
    fn people(&self, counts: Vec<(u32, u64)>) -> Result<Vec<FacetCount>, IndexError> {
        let mut rows = Vec::with_capacity(counts.len());
        for (number, count) in counts {
            let label = self.labels().get(self.archive(), number)?;
            rows.extend(label.map(|label| (label, count)));
        }
        let names: Vec<String> = rows.iter().map(|(label, _)| label.name.clone()).collect();
        let is_shared = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
        let row = |(label, count): (Label, u64)| {
            let Label { id, name, role } = label;
            let label = match role.filter(|_| is_shared(&name)) {
                Some(role) => format!("{name}, {role}"),
                None => name,
            };
            FacetCount { value: id.to_string(), label, count }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Filters as the archive has them now: who was merged is the other.
    pub(crate) fn known(&self, filters: &Filters) -> Result<Filters, IndexError> {
        let mut known = filters.clone();
        for person in &mut known.officials {
            if let Person::Official(id) = person
                && let Some(official) = self.archive().official_of(id)?
            {
                *id = official.0;
            }
        }
        Ok(known)
    }

    /// The names by which people are asked for.
    pub(crate) fn names_of(&self, people: &[Person]) -> Result<Vec<String>, IndexError> {
        let mut names = Vec::with_capacity(people.len());
        for person in people {
            match person {
                Person::Named(name) => names.push(name.clone()),
                Person::Official(id) => {
                    names.extend(self.archive().official_of(id)?.map(|(_, name)| name));
                }
            }
        }
        Ok(names)
    }
}

fn plan(snapshot: &Snapshot, query: &Query, request: &Request) -> Plan {
    let mut plan = plan_of(snapshot, query, request);
    snapshot.generation.pairs().note(&mut plan.words);
    Plan { now: Some(request.now().as_second()), ..plan }
}

/// What is to be found, without what is only for ranking. Filters are those of [`Index::known`].
pub(crate) fn plan_of(snapshot: &Snapshot, query: &Query, request: &Request) -> Plan {
    let mut filters = request.filters.clone();
    for category in &mut filters.categories {
        *category = vietnamese::fold_phrase(category);
    }
    let mut plan = Plan::new(query, filters, request.sort, snapshot);
    if request.strict {
        plan.minimum.loose = plan.minimum.strict;
        plan.words.iter_mut().for_each(|word| word.begins = false);
    }
    plan
}

fn window(request: &Request) -> Window {
    let offset = Start::Offset(request.offset.min(PAGE_DEPTH_MAX));
    Window {
        start: match request.cursor.map(|cursor| cursor.start) {
            // A cursor of ours points no further; whoever wrote his own gets no further either.
            Some(Start::Offset(at)) => Start::Offset(at.min(PAGE_DEPTH_MAX)),
            Some(after) => after,
            None => offset,
        },
        limit: request.limit.clamp(1, PAGE_SIZE_MAX),
        collapse: request.collapse,
        facets: request.facets,
    }
}

/// What abbreviations of the plan's words stand for, and the other way round.
fn learned_phrases(plan: &Plan) -> impl Iterator<Item = String> {
    let covers = plan.covers.iter().map(|cover| cover.written.clone());
    let long = plan.words.iter().flat_map(|word| word.long_forms.iter().cloned());
    covers.chain(long)
}

fn name_of(names: &SourceNames, id: &str) -> String {
    names.get(id).cloned().unwrap_or_else(|| id.to_owned())
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
